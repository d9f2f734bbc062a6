using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Paints trees.</summary>
internal static class Greenery
{
    private static readonly Vector3[] Leaves =
    [
        new(0.24f, 0.4f, 0.14f),
        new(0.18f, 0.33f, 0.14f),
        new(0.34f, 0.45f, 0.16f),
        new(0.46f, 0.4f, 0.14f),
    ];

    public static void PaintTree(Scene scene, double x, double z)
    {
        var random = scene.Random;
        var (trunk, radius) = (random.NextUniform(2.2, 3.2), random.NextUniform(1.3, 2.4));
        var bark = scene.Muted(0.24, 0.34, 0.02) + new Vector3(0.05f, 0.01f, -0.03f);
        scene.Shadow(scene.Disc(x, 0, z, radius, 0.25 * radius), 0.35f);
        scene.Fill(
            scene.Stroke(x, 0, x, trunk + 0.5, z, random.NextUniform(0.22, 0.4), 1.3),
            Thing.Vegetation,
            bark,
            z
        );
        var green = scene.Pick(Leaves) * (float)random.NextUniform(0.85, 1.2);
        var seed = (uint)random.NextBits();
        var leafSize = scene.Camera.Scale(z) * 0.22;
        Shader leaves = (px, py) =>
        {
            var light = 0.45f + 1.1f * Noise.Rough(px / leafSize, py / leafSize, seed);
            return new Vector4(scene.Light.On(green * light, z), 1f);
        };
        scene.Canvas.Fill(
            scene.Disc(x, trunk + radius, z, radius, radius * 0.95),
            (byte)Thing.Vegetation,
            leaves,
            border: true
        );
        for (var cluster = 0; cluster < 9; cluster++)
        {
            var (dx, dy) = (random.NextUniform(-0.8, 0.8) * radius, random.NextUniform(-0.75, 0.8) * radius);
            var size = random.NextUniform(0.3, 0.55) * radius;
            var outline = scene.Disc(x + dx, trunk + radius + dy, z, size, size * 0.9);
            scene.Canvas.Fill(outline, (byte)Thing.Vegetation, leaves, border: true);
        }
    }
}

using System;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Paints fences, lamp posts, traffic signs and traffic lights.</summary>
internal static class Furniture
{
    private static readonly Vector3 Red = new(0.78f, 0.1f, 0.1f);
    private static readonly Vector3 White = new(0.92f, 0.92f, 0.9f);
    private static readonly Vector3 Blue = new(0.1f, 0.26f, 0.68f);
    private static readonly Vector3 Black = new(0.07f, 0.07f, 0.08f);

    /// <summary>A railing along the street; the gaps between its bars show what is behind but count as fence.</summary>
    public static void PaintFence(Scene scene, double x, double from, double to)
    {
        var (camera, random) = (scene.Camera, scene.Random);
        var (height, spacing) = (random.NextUniform(0.9, 1.3), random.NextUniform(0.25, 0.5));
        var paint = random.NextChance(0.5) ? scene.Muted(0.12, 0.3, 0.03) : new Vector3(0.45f, 0.33f, 0.22f);
        var near = Math.Max(Scene.Near, from);
        Point[] outline =
        [
            camera.Project(x, 0.05, near),
            camera.Project(x, height, near),
            camera.Project(x, height, to),
            camera.Project(x, 0.05, to),
        ];
        scene.Canvas.Fill(
            outline,
            (byte)Thing.Fence,
            (px, py) =>
            {
                var depth = Math.Clamp(camera.Focal * x / (px - camera.CentreX), near, to);
                var up = (camera.Height - (py - camera.Horizon) * depth / camera.Focal) / height;
                var along = depth / spacing - Math.Floor(depth / spacing);
                var isBar = along < 0.38 || up > 0.86 || up is > 0.08 and < 0.2;
                var colour = scene.Light.On(isBar ? paint : paint * 0.45f, depth);
                return new Vector4(colour, isBar ? 1f : 0.45f);
            }
        );
    }

    public static void PaintLamp(Scene scene, double x, double z)
    {
        var random = scene.Random;
        var height = random.NextUniform(5, 8);
        var metal = scene.Muted(0.26, 0.5, 0.015);
        var reach = -Math.Sign(x) * random.NextUniform(0.8, 1.8);
        Post(scene, x, z, height, 0.17, metal);
        scene.Fill(scene.Stroke(x, height, x + reach, height + 0.2, z, 0.13, 1.2), Thing.Pole, metal, z);
        scene.Fill(scene.Disc(x + reach, height + 0.15, z, 0.4, 0.14), Thing.Pole, metal * 1.5f, z);
    }

    public static void PaintSign(Scene scene, double x, double z)
    {
        var random = scene.Random;
        var (height, radius) = (random.NextUniform(2.0, 2.7), random.NextUniform(0.36, 0.52));
        Post(scene, x, z, height, 0.1, scene.Muted(0.45, 0.6, 0.01));
        var plate = new Plate(scene, x, height, z, radius);
        switch (random.NextBelow(5))
        {
            case 0:
                plate.Disc(Red, 1);
                plate.Bar(White, 0.65, 0.18);
                break;
            case 1:
                plate.Disc(Red, 1);
                plate.Disc(White, 0.72);
                plate.Bar(Black, 0.35, 0.25);
                break;
            case 2:
                plate.Triangle(Red, 1.1);
                plate.Triangle(White, 0.65);
                break;
            case 3:
                plate.Bar(Blue, 0.9, 0.9);
                plate.Bar(White, 0.3, 0.55);
                break;
            default:
                plate.Disc(Blue, 1);
                plate.Bar(White, 0.16, 0.6);
                break;
        }
    }

    public static void PaintTrafficLight(Scene scene, double x, double z)
    {
        var random = scene.Random;
        var height = random.NextUniform(2.3, 3.0);
        Post(scene, x, z, height + 1.0, 0.14, scene.Muted(0.2, 0.4, 0.01));
        var box = scene.Upright(x, height, z, 0.46, 1.2);
        scene.Fill(box, Thing.TrafficLight, random.NextChance(0.3) ? new Vector3(0.75f, 0.6f, 0.1f) : Black, z);
        scene.Fill(scene.Upright(x, height + 0.06, z, 0.36, 1.08), Thing.TrafficLight, Black, z);
        var lit = random.NextBelow(3);
        ReadOnlySpan<Vector3> lamps = [new(0.1f, 0.95f, 0.45f), new(1f, 0.75f, 0.1f), new(1f, 0.12f, 0.1f)];
        for (var lamp = 0; lamp < lamps.Length; lamp++)
        {
            var outline = scene.Disc(x, height + 0.22 + 0.38 * lamp, z, 0.15, 0.15);
            if (lamp == lit)
            {
                scene.Canvas.Fill(outline, (byte)Thing.TrafficLight, lamps[lamp]);
            }
            else
            {
                scene.Fill(outline, Thing.TrafficLight, lamps[lamp] * 0.25f, z);
            }
        }
    }

    private static void Post(Scene scene, double x, double z, double height, double width, Vector3 metal)
    {
        scene.Shadow(scene.Disc(x, 0, z, 0.3, 0.08), 0.4f);
        scene.Fill(scene.Stroke(x, 0, x, height, z, width, 1.3), Thing.Pole, metal, z);
        scene.Fill(
            scene.Stroke(x + width / 4, 0, x + width / 4, height, z, width / 3, 0.3),
            Thing.Pole,
            metal * 1.35f,
            z
        );
    }

    /// <summary>The plate of a traffic sign; sizes are shares of its radius.</summary>
    private sealed class Plate(Scene scene, double x, double y, double z, double radius)
    {
        public void Disc(Vector3 paint, double share) =>
            scene.Fill(scene.Disc(x, y, z, radius * share, radius * share), Thing.Sign, paint, z);

        public void Bar(Vector3 paint, double halfWidth, double halfHeight) =>
            scene.Fill(
                scene.Upright(x, y - halfHeight * radius, z, 2 * halfWidth * radius, 2 * halfHeight * radius),
                Thing.Sign,
                paint,
                z
            );

        public void Triangle(Vector3 paint, double share)
        {
            var camera = scene.Camera;
            var size = radius * share;
            Point[] outline =
            [
                camera.Project(x, y + size, z),
                camera.Project(x - size, y - 0.7 * size, z),
                camera.Project(x + size, y - 0.7 * size, z),
            ];
            scene.Fill(outline, Thing.Sign, paint, z);
        }
    }
}

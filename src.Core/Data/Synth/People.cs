using System;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Paints pedestrians and cyclists from strokes and discs.</summary>
internal static class People
{
    private static readonly Vector3[] Skins =
    [
        new(0.85f, 0.65f, 0.52f),
        new(0.7f, 0.48f, 0.35f),
        new(0.4f, 0.27f, 0.2f),
    ];
    private static readonly Vector3[] Hairs =
    [
        new(0.1f, 0.07f, 0.05f),
        new(0.35f, 0.22f, 0.1f),
        new(0.6f, 0.48f, 0.3f),
        new(0.5f, 0.5f, 0.5f),
    ];
    private static readonly Vector3[] Trousers =
    [
        new(0.12f, 0.14f, 0.24f),
        new(0.1f, 0.1f, 0.1f),
        new(0.4f, 0.35f, 0.26f),
        new(0.25f, 0.27f, 0.3f),
    ];
    private static readonly Vector3[] Tops =
    [
        new(0.75f, 0.12f, 0.14f),
        new(0.15f, 0.3f, 0.65f),
        new(0.85f, 0.82f, 0.78f),
        new(0.14f, 0.14f, 0.16f),
        new(0.85f, 0.6f, 0.12f),
        new(0.2f, 0.48f, 0.3f),
        new(0.55f, 0.25f, 0.5f),
    ];

    private static readonly Vector3 Rubber = new(0.06f, 0.06f, 0.065f);

    public static void PaintPedestrian(Scene scene, double x, double z)
    {
        var random = scene.Random;
        var tall = random.NextChance(0.12) ? random.NextUniform(1.1, 1.4) : random.NextUniform(1.58, 1.9);
        var stride = random.NextUniform(0.02, 0.2);
        var swing = random.NextUniform(-0.18, 0.18);
        var (top, trousers, skin) = (scene.Pick(Tops), scene.Pick(Trousers), scene.Pick(Skins));
        scene.Shadow(scene.Disc(x, 0, z, 0.4, 0.1), 0.5f);
        var body = new Figure(scene, Thing.Pedestrian, z, tall);
        body.Limb(x - 0.07, 0.5, x - 0.07 - stride, 0.02, 0.1, trousers);
        body.Limb(x + 0.07, 0.5, x + 0.07 + stride, 0.02, 0.1, trousers * 0.8f);
        body.Limb(x - 0.2, 0.8, x - 0.2 - swing, 0.48, 0.07, top * 0.75f);
        body.Limb(x + 0.2, 0.8, x + 0.2 + swing, 0.48, 0.07, top * 0.85f);
        body.Torso(x, 0.46, 0.84, 0.21, top);
        body.Head(x, 0.925, skin, scene.Pick(Hairs));
        if (random.NextChance(0.3))
        {
            scene.Fill(
                scene.Upright(x + 0.24, 0.28 * tall, z, 0.22, 0.26),
                Thing.Pedestrian,
                scene.Pick(Tops) * 0.7f,
                z
            );
        }
    }

    /// <summary>A cyclist: across the view from the side, or along the street from behind.</summary>
    public static void PaintCyclist(Scene scene, double x, double z, bool fromTheSide)
    {
        var random = scene.Random;
        var facing = random.NextChance(0.5) ? 1.0 : -1.0;
        var (top, trousers, skin) = (scene.Pick(Tops), scene.Pick(Trousers), scene.Pick(Skins));
        var frame = scene.Pick(Tops) * 0.8f;
        scene.Shadow(scene.Disc(x, 0, z, fromTheSide ? 0.9 : 0.4, 0.1), 0.5f);
        var body = new Figure(scene, Thing.Cyclist, z, 1.75);
        if (fromTheSide)
        {
            Wheel(scene, x - 0.52, z, 0.34);
            Wheel(scene, x + 0.52, z, 0.34);
            Tube(scene, x - 0.52, 0.34, x - 0.15, 0.85, z, frame);
            Tube(scene, x - 0.52, 0.34, x + 0.05, 0.32, z, frame);
            Tube(scene, x + 0.05, 0.32, x + 0.42, 0.9, z, frame);
            Tube(scene, x - 0.15, 0.85, x + 0.42, 0.9, z, frame);
            Tube(scene, x + 0.52, 0.34, x + 0.4 * facing, 1.05, z, frame);
            body.Limb(x - 0.12 * facing, 0.55, x + 0.16 * facing, 0.36, 0.13, trousers);
            body.Limb(x + 0.16 * facing, 0.36, x + 0.05 * facing, 0.16, 0.1, trousers);
            body.Limb(x + 0.12 * facing, 0.8, x + 0.4 * facing, 0.62, 0.08, top * 0.8f);
            body.Limb(x - 0.14 * facing, 0.53, x + 0.12 * facing, 0.86, 0.26, top);
            body.Head(x + 0.2 * facing, 0.99, skin, frame);
            return;
        }
        scene.Fill(scene.Disc(x, 0.34, z, 0.06, 0.34), Thing.Cyclist, Rubber, z);
        Tube(scene, x - 0.26, 1.02, x + 0.26, 1.02, z, Rubber);
        body.Limb(x - 0.1, 0.55, x - 0.14, 0.2, 0.12, trousers);
        body.Limb(x + 0.1, 0.55, x + 0.14, 0.3, 0.12, trousers * 0.8f);
        body.Limb(x - 0.18, 0.82, x - 0.26, 0.6, 0.08, top * 0.8f);
        body.Limb(x + 0.18, 0.82, x + 0.26, 0.6, 0.08, top * 0.8f);
        body.Torso(x, 0.52, 0.88, 0.2, top);
        body.Head(x, 0.98, skin, frame);
    }

    private static void Wheel(Scene scene, double x, double z, double radius)
    {
        var spokes = new Vector4(scene.Light.On(Rubber * 2, z), 0.4f);
        scene.Canvas.Fill(scene.Disc(x, radius, z, radius, radius), (byte)Thing.Cyclist, (_, _) => spokes);
        var rim = scene.Disc(x, radius, z, radius * 0.92, radius * 0.92);
        for (var corner = 0; corner < rim.Length; corner++)
        {
            var next = rim[(corner + 1) % rim.Length];
            var width = Math.Max(0.7, 0.06 * scene.Camera.Scale(z));
            scene.Fill(Canvas.Stroke(rim[corner], next, width), Thing.Cyclist, Rubber, z);
        }
    }

    private static void Tube(Scene scene, double x0, double y0, double x1, double y1, double z, Vector3 paint) =>
        scene.Fill(scene.Stroke(x0, y0, x1, y1, z, 0.05, 0.8), Thing.Cyclist, paint, z);

    /// <summary>The parts of a person; heights are shares of how tall they are.</summary>
    private sealed class Figure(Scene scene, Thing thing, double z, double tall)
    {
        public void Limb(double x0, double share0, double x1, double share1, double width, Vector3 cloth) =>
            scene.Fill(scene.Stroke(x0, share0 * tall, x1, share1 * tall, z, width * 1.25, 1.0), thing, cloth, z);

        public void Torso(double x, double low, double high, double half, Vector3 cloth)
        {
            var camera = scene.Camera;
            Point[] outline =
            [
                camera.Project(x - half * 0.8, low * tall, z),
                camera.Project(x - half, (high - 0.03) * tall, z),
                camera.Project(x - half * 0.5, high * tall, z),
                camera.Project(x + half * 0.5, high * tall, z),
                camera.Project(x + half, (high - 0.03) * tall, z),
                camera.Project(x + half * 0.8, low * tall, z),
            ];
            scene.Fill(outline, thing, cloth, z);
        }

        public void Head(double x, double share, Vector3 skin, Vector3 hair)
        {
            scene.Fill(scene.Disc(x, share * tall, z, 0.11, 0.135), thing, skin, z);
            scene.Fill(scene.Disc(x, share * tall + 0.06, z, 0.115, 0.09), thing, hair, z);
        }
    }
}

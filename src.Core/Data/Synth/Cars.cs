using System;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Paints cars as two boxes in perspective, with glass, lamps and wheels.</summary>
internal static class Cars
{
    private static readonly Vector3[] Paints =
    [
        new(0.8f, 0.8f, 0.8f),
        new(0.1f, 0.1f, 0.12f),
        new(0.5f, 0.52f, 0.55f),
        new(0.6f, 0.08f, 0.08f),
        new(0.1f, 0.18f, 0.45f),
        new(0.12f, 0.3f, 0.2f),
        new(0.72f, 0.6f, 0.2f),
        new(0.3f, 0.36f, 0.42f),
    ];

    private static readonly Vector3 Rubber = new(0.05f, 0.05f, 0.055f);
    private static readonly Vector3 Glass = new(0.13f, 0.16f, 0.2f);

    /// <summary>A car whose near end is at depth <paramref name="z"/>.</summary>
    /// <param name="scene">The street.</param>
    /// <param name="x">The car's middle, in metres from the middle of the road.</param>
    /// <param name="z">Depth of the near end.</param>
    /// <param name="seenFromBehind">Whether the near end is the rear.</param>
    public static void Paint(Scene scene, double x, double z, bool seenFromBehind) =>
        new Car(scene, x, z, seenFromBehind).Paint();

    private sealed class Car(Scene scene, double x, double near, bool seenFromBehind)
    {
        private readonly double half = scene.Random.NextUniform(0.82, 0.98);
        private readonly double length = scene.Random.NextUniform(3.6, 4.8);
        private readonly double waist = scene.Random.NextUniform(0.8, 1.0);
        private readonly double roof = scene.Random.NextUniform(1.38, 1.75);
        private readonly Vector3 paint = scene.Pick(Paints) * (float)scene.Random.NextUniform(0.85, 1.15);

        /// <summary>The flank that the camera sees: the one towards the middle of the view.</summary>
        private double Flank => x > 0 ? x - half : x + half;

        public void Paint()
        {
            scene.Shadow(scene.OnGround(x - half - 0.15, x + half + 0.15, near - 0.15, near + length), 0.6f);
            PaintWheels();
            PaintCabin();
            PaintBody();
            PaintLamps();
        }

        private void PaintWheels()
        {
            foreach (var depth in (ReadOnlySpan<double>)[near + 0.78 * length, near + 0.2 * length])
            {
                Point[] wheel = Canvas.Ellipse(
                    scene.Camera.Project(Flank, 0.31, depth),
                    Math.Max(
                        0.5,
                        Math.Abs(
                            scene.Camera.Project(Flank, 0, depth - 0.3).X - scene.Camera.Project(Flank, 0, depth).X
                        )
                    ),
                    0.31 * scene.Camera.Scale(depth)
                );
                scene.Fill(wheel, Thing.Car, Rubber, depth);
            }
            scene.Fill(scene.Upright(x - half + 0.14, 0, near, 0.22, 0.4), Thing.Car, Rubber, near);
            scene.Fill(scene.Upright(x + half - 0.14, 0, near, 0.22, 0.4), Thing.Car, Rubber, near);
        }

        private void PaintCabin()
        {
            var (back, front) = (near + 0.16 * length, near + 0.7 * length);
            var inset = half * 0.82;
            var top = x > 0 ? x - inset : x + inset;
            var camera = scene.Camera;
            Quad(
                camera.Project(Flank, waist, near + 0.08 * length),
                camera.Project(top, roof, back),
                camera.Project(top, roof, front),
                camera.Project(Flank, waist, near + 0.85 * length),
                paint * 0.8f
            );
            Quad(
                camera.Project(x - half, waist, near + 0.03),
                camera.Project(x - inset, roof, back),
                camera.Project(x + inset, roof, back),
                camera.Project(x + half, waist, near + 0.03),
                paint
            );
            Quad(
                camera.Project(Flank, waist + 0.06, near + 0.2 * length),
                camera.Project(top, roof - 0.1, back + 0.12 * length),
                camera.Project(top, roof - 0.1, front - 0.06 * length),
                camera.Project(Flank, waist + 0.06, near + 0.74 * length),
                Glass,
                border: false
            );
            Quad(
                camera.Project(x - half * 0.88, waist + 0.05, near + 0.05),
                camera.Project(x - inset * 0.88, roof - 0.1, back),
                camera.Project(x + inset * 0.88, roof - 0.1, back),
                camera.Project(x + half * 0.88, waist + 0.05, near + 0.05),
                seenFromBehind ? Glass : Glass * 1.5f,
                border: false
            );
        }

        private void PaintBody()
        {
            var camera = scene.Camera;
            var (low, far) = (0.24, near + length);
            Quad(
                camera.Project(Flank, low, near),
                camera.Project(Flank, waist, near),
                camera.Project(Flank, waist - 0.05, far),
                camera.Project(Flank, low, far),
                paint * 0.72f
            );
            Quad(
                camera.Project(x - half, low, near),
                camera.Project(x - half, waist, near),
                camera.Project(x + half, waist, near),
                camera.Project(x + half, low, near),
                paint
            );
            scene.Fill(scene.Upright(x, low, near, 2 * half, 0.16), Thing.Car, paint * 0.35f, near);
        }

        private void PaintLamps()
        {
            var lamp = seenFromBehind ? new Vector3(0.75f, 0.06f, 0.06f) : new Vector3(0.95f, 0.94f, 0.82f);
            var height = waist - 0.28;
            scene.Fill(scene.Upright(x - half + 0.2, height, near, 0.3, 0.17), Thing.Car, lamp, near);
            scene.Fill(scene.Upright(x + half - 0.2, height, near, 0.3, 0.17), Thing.Car, lamp, near);
            var middle = seenFromBehind ? new Vector3(0.85f, 0.83f, 0.7f) : new Vector3(0.06f);
            scene.Fill(
                scene.Upright(x, height - 0.08, near, seenFromBehind ? 0.46 : 0.8, 0.13),
                Thing.Car,
                middle,
                near
            );
        }

        private void Quad(Point first, Point second, Point third, Point fourth, Vector3 colour, bool border = true) =>
            scene.Fill([first, second, third, fourth], Thing.Car, colour, near, border);
    }
}

using System;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Paints what lies behind everything: sky, distant trees, grass, pavement and road.</summary>
internal static class Backdrop
{
    /// <summary>How far the strips of the ground reach below their neighbours, in metres, so that no seam shows.</summary>
    private const double Overlap = 0.3;

    public static void Paint(Scene scene)
    {
        PaintSky(scene);
        PaintGrass(scene);
        PaintDistantTrees(scene);
        PaintPavement(scene);
        PaintRoad(scene);
    }

    private static void PaintSky(Scene scene)
    {
        var (size, light, horizon) = (scene.Canvas.Size, scene.Light, scene.Camera.Horizon);
        var cloudSize = size.Height * scene.Random.NextUniform(0.2, 0.5);
        Point[] outline = [new(0, 0), new(size.Width, 0), new(size.Width, horizon + 2), new(0, horizon + 2)];
        scene.Canvas.Fill(
            outline,
            (byte)Thing.Sky,
            (x, y) =>
            {
                var colour = Vector3.Lerp(light.Zenith, light.Haze, (float)Math.Clamp(y / horizon, 0, 1));
                var stretch = 1 + 2 * Math.Max(0, y / horizon);
                var cloud = Noise.Rough(x / cloudSize, y * stretch / cloudSize, scene.Texture) - (float)light.Clouds;
                return new Vector4(Vector3.Lerp(colour, new Vector3(0.95f), Math.Clamp(3f * cloud, 0f, 0.8f)), 1f);
            }
        );
    }

    private static void PaintGrass(Scene scene)
    {
        const double wide = 4000;
        var green = Ground(scene, new Vector3(0.3f, 0.42f, 0.18f), 0.5, 0.35f);
        var edge = scene.FacadeX - Overlap;
        scene.Canvas.Fill(scene.OnGround(-wide, wide, Scene.Far - 5, wide), (byte)Thing.Vegetation, green);
        scene.Canvas.Fill(scene.OnGround(-wide, -edge, Scene.Near, Scene.Far), (byte)Thing.Vegetation, green);
        scene.Canvas.Fill(scene.OnGround(edge, wide, Scene.Near, Scene.Far), (byte)Thing.Vegetation, green);
    }

    private static void PaintDistantTrees(Scene scene)
    {
        var (size, camera) = (scene.Canvas.Size, scene.Camera);
        const int steps = 40;
        var outline = new Point[steps + 3];
        for (var step = 0; step <= steps; step++)
        {
            var x = size.Width * (double)step / steps;
            var height = size.Height * (0.015 + 0.06 * Noise.Rough(step * 0.35, 0, scene.Texture + 7));
            outline[step] = new Point(x, camera.Horizon - height);
        }
        (outline[^2], outline[^1]) = (new(size.Width, camera.Horizon + 2), new(0, camera.Horizon + 2));
        var green = new Vector3(0.2f, 0.32f, 0.16f);
        scene.Canvas.Fill(
            outline,
            (byte)Thing.Vegetation,
            (x, y) =>
            {
                var leaves = 0.7f + 0.6f * Noise.Rough(x * 0.15, y * 0.15, scene.Texture + 8);
                return new Vector4(scene.Light.On(green * leaves, 70), 1f);
            },
            border: true
        );
    }

    private static void PaintPavement(Scene scene)
    {
        var stone = scene.Muted(0.5, 0.66, 0.03) + new Vector3(0.03f, 0.01f, -0.02f);
        var slab = scene.Random.NextUniform(0.5, 1.0);
        var plain = Ground(scene, stone, 0.7, 0.14f);
        var camera = scene.Camera;
        Shader slabs = (x, y) =>
        {
            var colour = plain(x, y);
            var depth = camera.GroundDepth(y);
            var across = (x - camera.CentreX) * depth / camera.Focal / slab;
            var isJoint = Fraction(across) < 0.08 || Fraction(depth / slab) < 0.08;
            var fade = isJoint ? 0.3f * (float)Math.Max(0, 1 - depth / 14) : 0f;
            return colour * new Vector4(new Vector3(1 - fade), 1f);
        };
        var (inner, outer) = (scene.RoadHalf - Overlap, scene.FacadeX);
        scene.Canvas.Fill(scene.OnGround(-outer, -inner, Scene.Near, Scene.Far), (byte)Thing.Pavement, slabs);
        scene.Canvas.Fill(scene.OnGround(inner, outer, Scene.Near, Scene.Far), (byte)Thing.Pavement, slabs);
    }

    private static void PaintRoad(Scene scene)
    {
        var half = scene.RoadHalf;
        var kerb = Ground(scene, new Vector3(0.72f, 0.71f, 0.69f), 0.4, 0.1f);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var middle = side * half;
            scene.Canvas.Fill(
                scene.OnGround(middle - 0.25, middle + 0.25, Scene.Near, Scene.Far),
                (byte)Thing.Pavement,
                kerb
            );
        }
        var asphalt = Ground(scene, scene.Muted(0.26, 0.4, 0.012), 0.25, 0.2f);
        scene.Canvas.Fill(scene.OnGround(-half, half, Scene.Near, Scene.Far), (byte)Thing.Road, asphalt);
        if (scene.Random.NextChance(0.4))
        {
            var z = scene.Random.NextUniform(4, 14);
            var x = scene.Random.NextUniform(-half + 1, half - 1);
            var patch = Ground(scene, scene.Muted(0.2, 0.34, 0.01), 0.2, 0.2f);
            scene.Canvas.Fill(
                scene.OnGround(x - 0.9, x + 0.9, z, z + scene.Random.NextUniform(1, 5)),
                (byte)Thing.Road,
                patch
            );
        }
        PaintMarks(scene);
        PaintStreetShadow(scene);
    }

    private static void PaintMarks(Scene scene)
    {
        var paint = Ground(scene, new Vector3(0.86f, 0.86f, 0.84f), 0.3, 0.2f);
        var half = scene.RoadHalf;
        for (var z = Scene.Near + scene.Random.NextUniform(0, 5); z < 70; z += 6)
        {
            scene.Canvas.Fill(scene.OnGround(-0.07, 0.07, z, z + 3), (byte)Thing.Road, paint);
        }
        if (scene.Random.NextChance(0.5))
        {
            scene.Canvas.Fill(scene.OnGround(-half + 0.3, -half + 0.42, Scene.Near, 80), (byte)Thing.Road, paint);
            scene.Canvas.Fill(scene.OnGround(half - 0.42, half - 0.3, Scene.Near, 80), (byte)Thing.Road, paint);
        }
        if (scene.Random.NextChance(0.3))
        {
            var z = scene.Random.NextUniform(6, 20);
            for (var x = -half + 0.4; x < half - 0.6; x += 1.0)
            {
                scene.Canvas.Fill(scene.OnGround(x, x + 0.5, z, z + 3), (byte)Thing.Road, paint);
            }
        }
    }

    /// <summary>On a sunny day the houses of one side shade part of the street.</summary>
    private static void PaintStreetShadow(Scene scene)
    {
        if (scene.Light.Sunny && scene.Random.NextChance(0.6))
        {
            var reach = scene.Random.NextUniform(0.2, 1.6) * scene.PavementWidth;
            var outer = scene.Light.SunSide * scene.FacadeX;
            var inner = outer - scene.Light.SunSide * reach;
            for (var z = Scene.Near; z < 60; )
            {
                var length = scene.Random.NextUniform(5, 20);
                var depth = inner + scene.Random.NextUniform(-0.6, 0.6);
                scene.Shadow(scene.OnGround(Math.Min(outer, depth), Math.Max(outer, depth), z, z + length), 0.45f);
                z += length + (scene.Random.NextChance(0.3) ? scene.Random.NextUniform(1, 5) : 0);
            }
        }
    }

    /// <summary>A rough surface on the ground, its grain fixed to the ground and fading with distance.</summary>
    private static Shader Ground(Scene scene, Vector3 surface, double grain, float contrast)
    {
        var (camera, light, texture) = (scene.Camera, scene.Light, scene.Texture);
        return (x, y) =>
        {
            var depth = camera.GroundDepth(y);
            var across = (x - camera.CentreX) * depth / camera.Focal;
            var coarse = Noise.Smooth(across * 0.6, depth * 0.25, texture + 20) - 0.5f;
            var fine = depth < 20 ? Noise.Rough(across / grain, depth / grain, texture + 21) - 0.5f : 0f;
            return new Vector4(light.On(surface * (1 + contrast * (coarse + fine)), depth), 1f);
        };
    }

    private static double Fraction(double value) => value - Math.Floor(value);
}

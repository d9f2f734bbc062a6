using System;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Paints the rows of houses on both sides, and what stands in their gaps, far to near.</summary>
internal static class Houses
{
    private static readonly Vector3[] Walls =
    [
        new(0.62f, 0.38f, 0.3f),
        new(0.74f, 0.66f, 0.52f),
        new(0.6f, 0.58f, 0.55f),
        new(0.82f, 0.78f, 0.7f),
        new(0.5f, 0.42f, 0.38f),
        new(0.7f, 0.55f, 0.42f),
        new(0.48f, 0.52f, 0.56f),
    ];

    public static void Paint(Scene scene, int side)
    {
        var (starts, count) = (new double[64], 0);
        var z = scene.Random.NextUniform(-6, Scene.Near);
        for (; z < 95 && count < starts.Length - 1; z += scene.Random.NextUniform(7, 16))
        {
            starts[count++] = z;
        }
        starts[count] = z;
        for (var index = count - 1; index >= 0; index--)
        {
            var (from, to) = (Math.Max(Scene.Near, starts[index]), starts[index + 1]);
            if (to <= Scene.Near)
            {
                continue;
            }
            if (scene.Random.NextChance(0.2))
            {
                PaintGap(scene, side, from, to);
            }
            else
            {
                new House(scene, side, from, to).Paint();
            }
        }
    }

    private static void PaintGap(Scene scene, int side, double from, double to)
    {
        var trees = 1 + scene.Random.NextBelow(2);
        for (var tree = 0; tree < trees; tree++)
        {
            var depth = from + (to - from) * (trees - tree) / (trees + 1.0);
            Greenery.PaintTree(scene, side * (scene.FacadeX + scene.Random.NextUniform(2, 5)), Math.Max(4, depth));
        }
        if (scene.Random.NextChance(0.7))
        {
            Furniture.PaintFence(scene, side * scene.FacadeX, from, to);
        }
    }

    private sealed class House(Scene scene, int side, double from, double to)
    {
        private readonly double plane = side * scene.FacadeX;
        private readonly double height = scene.Random.NextUniform(6.5, 17);
        private readonly double storey = scene.Random.NextUniform(2.8, 3.5);
        private readonly double bay = scene.Random.NextUniform(1.7, 3.0);
        private readonly double windowWidth = scene.Random.NextUniform(0.35, 0.62);
        private readonly bool hasShop = scene.Random.NextChance(0.4);
        private readonly Vector3 wall = scene.Pick(Walls) * (float)scene.Random.NextUniform(0.8, 1.15);
        private readonly Vector3 glass = scene.Muted(0.16, 0.3, 0.02) + new Vector3(0, 0.03f, 0.07f);
        private readonly Vector3 shop = new(
            (float)scene.Random.NextUniform(0.1, 0.7),
            (float)scene.Random.NextUniform(0.1, 0.5),
            (float)scene.Random.NextUniform(0.1, 0.6)
        );
        private readonly uint seed = (uint)scene.Random.NextBits();

        public void Paint()
        {
            var camera = scene.Camera;
            if (scene.Random.NextChance(0.5))
            {
                PaintRoof(camera);
            }
            Point[] end =
            [
                camera.Project(plane, 0, from),
                camera.Project(plane, height, from),
                camera.Project(plane + side * 9, height, from),
                camera.Project(plane + side * 9, 0, from),
            ];
            scene.Canvas.Fill(end, (byte)Thing.Building, EndWall, border: true);
            Point[] front =
            [
                camera.Project(plane, 0, from),
                camera.Project(plane, height, from),
                camera.Project(plane, height, to),
                camera.Project(plane, 0, to),
            ];
            scene.Canvas.Fill(front, (byte)Thing.Building, SmoothFacade, border: true);
        }

        private void PaintRoof(Camera camera)
        {
            Point[] roof =
            [
                camera.Project(plane, height, from),
                camera.Project(plane + side * 3.5, height + 2.4, from),
                camera.Project(plane + side * 3.5, height + 2.4, to),
                camera.Project(plane, height, to),
            ];
            var tiles = scene.Pick([new(0.42f, 0.22f, 0.17f), new(0.28f, 0.28f, 0.31f), new(0.36f, 0.27f, 0.22f)]);
            scene.Fill(roof, Thing.Building, tiles, (from + to) / 2, border: true);
            Point[] gable =
            [
                camera.Project(plane, height, from),
                camera.Project(plane + side * 3.5, height + 2.4, from),
                camera.Project(plane + side * 7, height, from),
            ];
            scene.Fill(gable, Thing.Building, wall * 0.8f, from, border: true);
        }

        private Vector4 EndWall(double x, double y)
        {
            var camera = scene.Camera;
            var across = (x - camera.CentreX) * from / camera.Focal;
            var up = camera.Height - (y - camera.Horizon) * from / camera.Focal;
            var rough = 0.85f + 0.3f * Noise.Rough(across * 0.8, up * 0.8, seed);
            return new Vector4(scene.Light.On(wall * rough, from, 0.75f), 1f);
        }

        private Vector3 Facade(double x, double y, float rough)
        {
            var (depth, up) = OnFacade(x, y);
            var exposure =
                !scene.Light.Sunny ? 0.92f
                : side == scene.Light.SunSide ? 0.68f
                : 1.08f;
            return scene.Light.On(Surface(depth - from, up, rough), depth, exposure);
        }

        /// <summary>What is at a place of the façade: wall, cornice, window, window frame or shop front.</summary>
        private Vector3 Surface(double along, double up, float rough)
        {
            if (up > height - 0.4)
            {
                return wall * 1.2f * rough;
            }
            var (bayIndex, storeyIndex) = (Math.Floor(along / bay), Math.Floor(up / storey));
            var (across, above) = (Math.Abs(along / bay - bayIndex - 0.5), up / storey - storeyIndex);
            if (hasShop && storeyIndex == 0)
            {
                return above > 0.82 ? shop
                    : across < 0.42 && above > 0.12 ? glass * 1.4f
                    : shop * 0.6f;
            }
            var isWindow = above is > 0.27 and < 0.8 && across < windowWidth / 2;
            if (!isWindow)
            {
                var isFrame = above is > 0.22 and < 0.85 && across < windowWidth / 2 + 0.04;
                return isFrame ? Vector3.Lerp(wall, new Vector3(0.85f), 0.6f) : wall * rough;
            }
            var lit = Noise.Hashed((int)bayIndex, (int)storeyIndex, seed);
            return across < 0.015 ? new Vector3(0.8f)
                : lit < 0.2f ? new Vector3(0.7f, 0.68f, 0.6f)
                : glass * (0.7f + 0.9f * lit);
        }

        /// <summary>Four samples per pixel: the windows of a far façade are smaller than a pixel.</summary>
        private Vector4 SmoothFacade(double x, double y)
        {
            var (depth, up) = OnFacade(x, y);
            var rough = 0.88f + 0.24f * Noise.Rough(depth * 1.3, up * 1.3, seed);
            var sum =
                Facade(x - 0.25, y - 0.25, rough)
                + Facade(x + 0.25, y - 0.25, rough)
                + Facade(x - 0.25, y + 0.25, rough)
                + Facade(x + 0.25, y + 0.25, rough);
            return new Vector4(sum / 4, 1f);
        }

        /// <summary>The depth and the height of the place of the façade that is seen at a point of the canvas.</summary>
        private (double Depth, double Up) OnFacade(double x, double y)
        {
            var camera = scene.Camera;
            var depth = Math.Clamp(camera.Focal * plane / (x - camera.CentreX), from, to);
            return (depth, camera.Height - (y - camera.Horizon) * depth / camera.Focal);
        }
    }
}

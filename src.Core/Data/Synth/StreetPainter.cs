using System;
using System.Collections.Generic;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>Composes one street: the backdrop, the houses, then everything that stands on the ground from far to near.</summary>
internal static class StreetPainter
{
    public static DecodedSample Paint(string name, ImageSize size, DeterministicRandom random, byte ignore)
    {
        var scene = new Scene(size, random, ignore);
        Backdrop.Paint(scene);
        Houses.Paint(scene, side: -1);
        Houses.Paint(scene, side: +1);
        var things = new List<(double Depth, Action Paint)>();
        PlanFurniture(scene, things);
        PlanTraffic(scene, things);
        PlanPeople(scene, things);
        things.Sort(static (left, right) => right.Depth.CompareTo(left.Depth));
        foreach (var (_, paint) in things)
        {
            paint();
        }
        return new DecodedSample(name, size, Expose(scene), scene.Canvas.Labels);
    }

    private static void PlanFurniture(Scene scene, List<(double Depth, Action Paint)> things)
    {
        var (random, kerb) = (scene.Random, scene.RoadHalf + 0.45);
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            if (random.NextChance(0.75))
            {
                var spacing = random.NextUniform(14, 26);
                for (var z = random.NextUniform(5, 16); z < 75; z += spacing)
                {
                    Add(things, z, depth => Furniture.PaintLamp(scene, side * kerb, depth));
                }
            }
            if (random.NextChance(0.55))
            {
                var x = side * (scene.RoadHalf + random.NextUniform(0.8, scene.PavementWidth - 0.9));
                var spacing = random.NextUniform(7, 15);
                for (var z = random.NextUniform(7, 20); z < 80; z += spacing)
                {
                    Add(things, z, depth => Greenery.PaintTree(scene, x, depth));
                }
            }
            if (random.NextChance(0.3))
            {
                var (from, length) = (random.NextUniform(3, 16), random.NextUniform(4, 14));
                Add(
                    things,
                    from,
                    depth => Furniture.PaintFence(scene, side * (scene.RoadHalf + 0.3), depth, depth + length)
                );
            }
            Repeat(
                random,
                2,
                0.45,
                () => Add(things, random.NextUniform(5, 22), z => Furniture.PaintSign(scene, side * kerb, z))
            );
            if (random.NextChance(0.32))
            {
                Add(things, random.NextUniform(6, 20), z => Furniture.PaintTrafficLight(scene, side * (kerb + 0.2), z));
            }
        }
    }

    private static void PlanTraffic(Scene scene, List<(double Depth, Action Paint)> things)
    {
        var random = scene.Random;
        foreach (var side in (ReadOnlySpan<int>)[-1, 1])
        {
            var lane = side * scene.RoadHalf * 0.42;
            for (var z = random.NextUniform(6, 40); z < 80; z += random.NextUniform(9, 40))
            {
                var x = lane + random.NextUniform(-0.3, 0.3);
                Add(things, z, depth => Cars.Paint(scene, x, depth, seenFromBehind: side > 0));
            }
            if (random.NextChance(0.4))
            {
                var fromBehind = side > 0;
                for (var z = random.NextUniform(5, 14); z < 60; z += random.NextUniform(5.5, 14))
                {
                    Add(things, z, depth => Cars.Paint(scene, side * (scene.RoadHalf - 0.95), depth, fromBehind));
                }
            }
        }
    }

    private static void PlanPeople(Scene scene, List<(double Depth, Action Paint)> things)
    {
        var random = scene.Random;
        Repeat(
            random,
            5,
            0.5,
            () =>
            {
                var side = random.NextChance(0.5) ? 1 : -1;
                var x = random.NextChance(0.15)
                    ? random.NextUniform(-scene.RoadHalf, scene.RoadHalf)
                    : side * (scene.RoadHalf + random.NextUniform(0.6, scene.PavementWidth - 0.3));
                Add(things, random.NextUniform(5, 26), z => People.PaintPedestrian(scene, x, z));
            }
        );
        Repeat(
            random,
            2,
            0.4,
            () =>
            {
                var fromTheSide = random.NextChance(0.35);
                var side = random.NextChance(0.5) ? 1 : -1;
                var x = fromTheSide
                    ? random.NextUniform(-scene.RoadHalf, scene.RoadHalf)
                    : side * (scene.RoadHalf - random.NextUniform(0.4, 1.6));
                Add(things, random.NextUniform(5, 20), z => People.PaintCyclist(scene, x, z, fromTheSide));
            }
        );
    }

    private static void Add(List<(double Depth, Action Paint)> things, double depth, Action<double> paint) =>
        things.Add((depth, () => paint(depth)));

    /// <summary>Does something up to <paramref name="most"/> times, each with the given probability.</summary>
    private static void Repeat(DeterministicRandom random, int most, double probability, Action action)
    {
        for (var time = 0; time < most; time++)
        {
            if (random.NextChance(probability))
            {
                action();
            }
        }
    }

    /// <summary>The camera: darker corners, exposure, contrast, sensor noise, eight bits.</summary>
    private static byte[] Expose(Scene scene)
    {
        var (canvas, random) = (scene.Canvas, scene.Random);
        var exposure = (float)random.NextUniform(0.88, 1.12);
        var contrast = (float)random.NextUniform(0.9, 1.15);
        var grain = (float)random.NextUniform(0.01, 0.035);
        var (height, width) = (canvas.Size.Height, canvas.Size.Width);
        var levels = new byte[canvas.Colours.Length * 3];
        for (var (row, position) = (0, 0); row < height; row++)
        {
            var down = 2f * row / height - 1;
            for (var column = 0; column < width; column++, position++)
            {
                var across = 2f * column / width - 1;
                var vignette = 1 - 0.09f * (across * across + down * down);
                var common =
                    Noise.Hashed(column, row, scene.Texture) + Noise.Hashed(column, row, scene.Texture + 1) - 1;
                var colour = (canvas.Colours[position] * exposure * vignette - new Vector3(0.5f)) * contrast;
                for (var channel = 0; channel < 3; channel++)
                {
                    var own = Noise.Hashed(column, row, scene.Texture + 2 + (uint)channel) - 0.5f;
                    var level = 0.5f + colour[channel] + grain * (common + own);
                    levels[position * 3 + channel] = (byte)Math.Clamp(level * 255 + 0.5f, 0f, 255f);
                }
            }
        }
        return levels;
    }
}

using System;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>The classes of SynthStreet; the value is the label.</summary>
internal enum Thing : byte
{
    Road,
    Building,
    Sky,
    Vegetation,
    Pavement,
    Car,
    Fence,
    Pole,
    Pedestrian,
    Cyclist,
    Sign,
    TrafficLight,
}

/// <summary>
/// A pinhole camera that looks along a street. World coordinates are metres: X to the right, Y up from the ground, Z ahead.
/// x = x₀ + f X ∕ Z, y = horizon + f (camera height − Y) ∕ Z.
/// </summary>
internal sealed record Camera(double Focal, double CentreX, double Horizon, double Height)
{
    public Point Project(double x, double y, double z) =>
        new(CentreX + Focal * x / z, Horizon + Focal * (Height - y) / z);

    /// <summary>The depth Z at which the ground is seen at canvas row <paramref name="y"/>.</summary>
    public double GroundDepth(double y) => Focal * Height / Math.Max(1e-3, y - Horizon);

    /// <summary>Pixels per metre at depth <paramref name="z"/>.</summary>
    public double Scale(double z) => Focal / z;
}

/// <summary>The light of a scene: what turns the colour of a surface into what the camera sees.</summary>
internal sealed record Light(
    Vector3 Tint,
    Vector3 Zenith,
    Vector3 Haze,
    double HazeDistance,
    double Clouds,
    bool Sunny,
    int SunSide
)
{
    /// <summary>A surface colour, lit, and faded into the haze by its distance.</summary>
    public Vector3 On(Vector3 surface, double distance, float exposure = 1f) =>
        Vector3.Lerp(surface * Tint * exposure, Haze, (float)(distance / (distance + HazeDistance)));
}

/// <summary>One street: its layout, its light, and the brushes that all painters share.</summary>
internal sealed class Scene
{
    public const double Near = 1.2;
    public const double Far = 110;

    public Scene(ImageSize size, DeterministicRandom random, byte ignore)
    {
        Canvas = new Canvas(size, ignore);
        Random = random;
        Texture = (uint)random.NextBits();
        Camera = new Camera(
            size.Height * random.NextUniform(0.85, 1.15),
            size.Width * random.NextUniform(0.4, 0.6),
            size.Height * random.NextUniform(0.4, 0.5),
            random.NextUniform(1.4, 1.9)
        );
        RoadHalf = random.NextUniform(3.6, 5.2);
        PavementWidth = random.NextUniform(2.6, 4.4);
        Light = RandomLight(random);
    }

    public Canvas Canvas { get; }

    public DeterministicRandom Random { get; }

    public Camera Camera { get; }

    public Light Light { get; }

    /// <summary>The seed of the textures of this scene.</summary>
    public uint Texture { get; }

    /// <summary>Half the width of the road, in metres.</summary>
    public double RoadHalf { get; }

    public double PavementWidth { get; }

    /// <summary>The distance of the façades from the middle of the road, in metres.</summary>
    public double FacadeX => RoadHalf + PavementWidth;

    /// <summary>A flat polygon in one colour, lit for its distance.</summary>
    public void Fill(ReadOnlySpan<Point> polygon, Thing thing, Vector3 surface, double distance, bool border = false) =>
        Canvas.Fill(polygon, (byte)thing, Light.On(surface, distance), border);

    /// <summary>An upright rectangle that faces the camera, given in metres.</summary>
    public Point[] Upright(double x, double y, double z, double width, double height)
    {
        var (lower, upper) = (Camera.Project(x - width / 2, y, z), Camera.Project(x + width / 2, y + height, z));
        return [lower, new(upper.X, lower.Y), upper, new(lower.X, upper.Y)];
    }

    /// <summary>An upright ellipse that faces the camera, given in metres.</summary>
    public Point[] Disc(double x, double y, double z, double radiusX, double radiusY) =>
        Canvas.Ellipse(Camera.Project(x, y, z), radiusX * Camera.Scale(z), radiusY * Camera.Scale(z));

    /// <summary>A stroke between two points at one depth, in metres, never thinner than <paramref name="pixels"/>.</summary>
    public Point[] Stroke(double x0, double y0, double x1, double y1, double z, double width, double pixels = 0.6) =>
        Canvas.Stroke(Camera.Project(x0, y0, z), Camera.Project(x1, y1, z), Math.Max(pixels, width * Camera.Scale(z)));

    /// <summary>A horizontal rectangle on the ground, in metres.</summary>
    public Point[] OnGround(double x0, double x1, double z0, double z1) =>
        [Camera.Project(x0, 0, z0), Camera.Project(x1, 0, z0), Camera.Project(x1, 0, z1), Camera.Project(x0, 0, z1)];

    /// <summary>Darkens the ground below an object; labels stay.</summary>
    public void Shadow(ReadOnlySpan<Point> polygon, float strength)
    {
        var shade = new Vector4(0.02f, 0.02f, 0.04f, Light.Sunny ? strength : 0.6f * strength);
        Canvas.Fill(polygon, null, (_, _) => shade);
    }

    /// <summary>A random grey with a little colour.</summary>
    public Vector3 Muted(double low, double high, double colour)
    {
        var level = Random.NextUniform(low, high);
        return new Vector3(
            (float)(level + Random.NextUniform(-colour, colour)),
            (float)(level + Random.NextUniform(-colour, colour)),
            (float)(level + Random.NextUniform(-colour, colour))
        );
    }

    public Vector3 Pick(ReadOnlySpan<Vector3> colours) => colours[Random.NextBelow(colours.Length)];

    private static Light RandomLight(DeterministicRandom random)
    {
        var sunSide = random.NextChance(0.5) ? 1 : -1;
        var bright = (float)random.NextUniform(0.8, 1.15);
        return random.NextBelow(4) switch
        {
            0 => new(
                new Vector3(0.82f, 0.85f, 0.9f) * bright,
                new(0.62f, 0.66f, 0.72f),
                new(0.82f, 0.84f, 0.86f),
                90,
                0.5,
                false,
                sunSide
            ),
            1 => new(
                new Vector3(1.05f, 0.92f, 0.78f) * bright,
                new(0.42f, 0.5f, 0.7f),
                new(0.95f, 0.82f, 0.68f),
                110,
                0.6,
                true,
                sunSide
            ),
            _ => new(
                new Vector3(1f, 0.98f, 0.94f) * bright,
                new(0.28f, 0.48f, 0.82f),
                new(0.76f, 0.86f, 0.95f),
                150,
                0.55,
                true,
                sunSide
            ),
        };
    }
}

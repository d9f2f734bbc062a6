using System;
using System.Collections.Generic;
using System.Numerics;

namespace PatFramework.Core.Data.Synth;

/// <summary>A point on the canvas, in pixels; (0, 0) is the upper left corner.</summary>
internal readonly record struct Point(double X, double Y);

/// <summary>The colour at a point of the canvas, 0 to 1 per channel; W is the opacity.</summary>
internal delegate Vector4 Shader(double x, double y);

/// <summary>
/// An image and its labels, painted together back to front. Colours blend by exact pixel coverage; a pixel takes the label of
/// what covers at least half of it, so labels and image agree at any size.
/// </summary>
internal sealed class Canvas(ImageSize size, byte ignore)
{
    private const int Subrows = 4;
    private const float Covered = 0.95f;
    private const float Touched = 0.05f;
    private readonly float[] coverage = new float[size.Width + 1];
    private readonly List<(double X, int Winding)> crossings = [];

    public ImageSize Size { get; } = size;

    public Vector3[] Colours { get; } = new Vector3[size.Pixels];

    public byte[] Labels { get; } = new byte[size.Pixels];

    /// <summary>Fills a polygon (non-zero winding).</summary>
    /// <param name="polygon">Its corners.</param>
    /// <param name="label">The label it gets; null keeps the labels below.</param>
    /// <param name="shader">Its colours.</param>
    /// <param name="border">Whether the pixels that its outline cuts become ignored.</param>
    public void Fill(ReadOnlySpan<Point> polygon, byte? label, Shader shader, bool border = false)
    {
        var (top, bottom) = (double.MaxValue, double.MinValue);
        foreach (var point in polygon)
        {
            (top, bottom) = (Math.Min(top, point.Y), Math.Max(bottom, point.Y));
        }
        var end = (int)Math.Min(Size.Height, Math.Ceiling(bottom));
        for (var row = (int)Math.Max(0, Math.Floor(top)); row < end; row++)
        {
            var (first, last) = CoverRow(polygon, row);
            for (var column = first; column <= last; column++)
            {
                if (coverage[column] > 0)
                {
                    Blend(row, column, Math.Min(1f, coverage[column]), label, shader, border);
                }
            }
        }
    }

    /// <summary>Fills a polygon with one opaque colour.</summary>
    public void Fill(ReadOnlySpan<Point> polygon, byte? label, Vector3 colour, bool border = false)
    {
        var opaque = new Vector4(colour, 1f);
        Fill(polygon, label, (_, _) => opaque, border);
    }

    /// <summary>The outline of an ellipse as a polygon.</summary>
    public static Point[] Ellipse(Point centre, double radiusX, double radiusY, int corners = 20)
    {
        var outline = new Point[corners];
        for (var corner = 0; corner < corners; corner++)
        {
            var (sine, cosine) = Math.SinCos(2 * Math.PI * corner / corners);
            outline[corner] = new Point(centre.X + radiusX * cosine, centre.Y + radiusY * sine);
        }
        return outline;
    }

    /// <summary>A stroke from one point to another as a polygon.</summary>
    public static Point[] Stroke(Point from, Point to, double width)
    {
        var (dx, dy) = (to.X - from.X, to.Y - from.Y);
        var scale = 0.5 * width / Math.Max(1e-9, Math.Sqrt(dx * dx + dy * dy));
        var (nx, ny) = (-dy * scale, dx * scale);
        return
        [
            new(from.X + nx, from.Y + ny),
            new(to.X + nx, to.Y + ny),
            new(to.X - nx, to.Y - ny),
            new(from.X - nx, from.Y - ny),
        ];
    }

    private void Blend(int row, int column, float covered, byte? label, Shader shader, bool border)
    {
        var position = row * Size.Width + column;
        var colour = shader(column + 0.5, row + 0.5);
        Colours[position] = Vector3.Lerp(
            Colours[position],
            new Vector3(colour.X, colour.Y, colour.Z),
            covered * colour.W
        );
        if (label is not { } value)
        {
            return;
        }
        if (border && covered is > Touched and < Covered && Labels[position] != value)
        {
            Labels[position] = ignore;
        }
        else if (covered >= 0.5f)
        {
            Labels[position] = value;
        }
    }

    /// <summary>Sums the coverage of a row's pixels over sub-rows; returns the first and last column touched.</summary>
    private (int First, int Last) CoverRow(ReadOnlySpan<Point> polygon, int row)
    {
        Array.Clear(coverage);
        var (first, last) = (Size.Width, -1);
        for (var subrow = 0; subrow < Subrows; subrow++)
        {
            FindCrossings(polygon, row + (subrow + 0.5) / Subrows);
            var winding = 0;
            for (var crossing = 0; crossing + 1 < crossings.Count; crossing++)
            {
                winding += crossings[crossing].Winding;
                var from = Math.Max(0.0, crossings[crossing].X);
                var to = Math.Min(Size.Width, crossings[crossing + 1].X);
                if (winding != 0 && from < to)
                {
                    CoverSpan(from, to);
                    first = Math.Min(first, (int)from);
                    last = Math.Max(last, Math.Min(Size.Width - 1, (int)to));
                }
            }
        }
        return (first, last);
    }

    private void FindCrossings(ReadOnlySpan<Point> polygon, double y)
    {
        crossings.Clear();
        var previous = polygon[^1];
        foreach (var point in polygon)
        {
            if (previous.Y <= y != point.Y <= y)
            {
                var share = (y - previous.Y) / (point.Y - previous.Y);
                crossings.Add((previous.X + share * (point.X - previous.X), point.Y > previous.Y ? 1 : -1));
            }
            previous = point;
        }
        crossings.Sort(static (left, right) => left.X.CompareTo(right.X));
    }

    private void CoverSpan(double from, double to)
    {
        const float whole = 1f / Subrows;
        var (first, last) = ((int)from, (int)to);
        if (first == last)
        {
            coverage[first] += whole * (float)(to - from);
            return;
        }
        coverage[first] += whole * (float)(first + 1 - from);
        for (var column = first + 1; column < last; column++)
        {
            coverage[column] += whole;
        }
        coverage[last] += whole * (float)(to - last);
    }
}

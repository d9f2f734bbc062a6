using System;
using System.Collections.Generic;
using PatFramework.Core.Data;

namespace PatFramework.Core.Training;

/// <summary>A confusion matrix as a picture: rows are true classes, columns predicted ones, black where all of a row is.</summary>
public static class ConfusionImage
{
    /// <summary>Pixels of a cell's side.</summary>
    public const int Cell = 16;

    /// <summary>Draws the share of each true class's pixels that each class was predicted for; the margins have the classes' colours.</summary>
    /// <param name="confusion">Counts [true class, predicted class].</param>
    /// <param name="classes">The classes.</param>
    /// <returns>(C + 1) · <see cref="Cell"/> pixels wide and high.</returns>
    public static RgbImage Draw(long[,] confusion, IReadOnlyList<ClassInfo> classes)
    {
        ArgumentNullException.ThrowIfNull(confusion);
        ArgumentNullException.ThrowIfNull(classes);
        var side = (classes.Count + 1) * Cell;
        var pixels = new byte[side * side * 3];
        Array.Fill(pixels, byte.MaxValue);
        for (var row = 0; row < classes.Count; row++)
        {
            var total = 0L;
            for (var column = 0; column < classes.Count; column++)
            {
                total += confusion[row, column];
            }
            Fill(pixels, side, row + 1, 0, classes[row]);
            Fill(pixels, side, 0, row + 1, classes[row]);
            for (var column = 0; column < classes.Count; column++)
            {
                var share = total == 0 ? 0 : (double)confusion[row, column] / total;
                var grey = (byte)Math.Round(byte.MaxValue * (1 - share));
                Fill(pixels, side, row + 1, column + 1, new ClassInfo("", grey, grey, grey));
            }
        }
        return new RgbImage(new ImageSize(side, side), pixels);
    }

    private static void Fill(byte[] pixels, int side, int row, int column, ClassInfo colour)
    {
        for (var y = row * Cell; y < (row + 1) * Cell; y++)
        {
            for (var x = column * Cell; x < (column + 1) * Cell; x++)
            {
                var at = 3 * (y * side + x);
                (pixels[at], pixels[at + 1], pixels[at + 2]) = (colour.Red, colour.Green, colour.Blue);
            }
        }
    }
}

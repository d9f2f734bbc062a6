using System;

namespace PatFramework.Core.Data;

/// <summary>Which label values a data set may hold.</summary>
internal static class LabelRange
{
    /// <summary>The position of the first label that is neither a class (0 to classes − 1) nor ignored; −1 where there is none.</summary>
    public static int FindOutside(ReadOnlySpan<byte> labels, int classes, byte ignore)
    {
        for (var start = 0; ; )
        {
            var next =
                classes > byte.MaxValue ? -1 : labels[start..].IndexOfAnyExceptInRange((byte)0, (byte)(classes - 1));
            if (next < 0)
            {
                return -1;
            }
            start += next;
            if (labels[start] != ignore)
            {
                return start;
            }
            var run = labels[start..].IndexOfAnyExcept(ignore);
            if (run < 0)
            {
                return -1;
            }
            start += run;
        }
    }
}

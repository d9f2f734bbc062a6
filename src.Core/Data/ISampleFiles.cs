namespace PatFramework.Core.Data;

/// <summary>A data set whose samples are files.</summary>
public interface ISampleFiles
{
    /// <summary>The path of the image of sample <paramref name="index"/>.</summary>
    string ImageFile(int index);

    /// <summary>The path of the label of sample <paramref name="index"/>.</summary>
    string LabelFile(int index);
}

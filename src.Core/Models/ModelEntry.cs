using System.Collections.Generic;

namespace PatFramework.Core.Models;

/// <summary>A key of an architecture's spelling, <c>unet:width=32</c>.</summary>
/// <param name="Name">The key.</param>
/// <param name="Default">Its value where it is left out.</param>
/// <param name="Summary">What it sets, in one line.</param>
public sealed record ModelKey(string Name, string Default, string Summary);

/// <summary>An architecture in the catalogue.</summary>
/// <param name="Name">How it is spelt.</param>
/// <param name="Summary">What it is, in one line, with its source.</param>
/// <param name="Keys">Its keys with their defaults.</param>
/// <param name="Build">Builds it from the keys' values.</param>
public sealed record ModelEntry(
    string Name,
    string Summary,
    IReadOnlyList<ModelKey> Keys,
    System.Func<ModelArguments, SegmentationModel> Build
);

using System.Collections;
using System.Collections.Generic;
using System.Globalization;
using static TorchSharp.torch.nn;

namespace TorchSharp.Modules;

/// <summary>Modules in a list, named 0, 1, ….</summary>
public sealed class ModuleList<T> : Module, IEnumerable<T>
    where T : Module
{
    private readonly List<T> items = [];

    /// <summary>A list of these modules.</summary>
    public ModuleList(params T[] modules)
        : base("ModuleList")
    {
        foreach (var module in modules)
        {
            Add(module);
        }
    }

    /// <summary>How many there are.</summary>
    public int Count => items.Count;

    /// <summary>The module at a place.</summary>
    public T this[int index] => items[index];

    /// <summary>Appends a module.</summary>
    public void Add(T item)
    {
        register_module(items.Count.ToString(CultureInfo.InvariantCulture), item);
        items.Add(item);
    }

    /// <inheritdoc/>
    public IEnumerator<T> GetEnumerator() => items.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

using System.Runtime.InteropServices;

namespace PixeeEvents.Catalog.Products;

/// <summary>A product, and how the key by which it was found is spelled in it.</summary>
[StructLayout(LayoutKind.Auto)]
public readonly record struct KeyOwner(Guid Product, string Spelling);

/// <summary>
/// Which products own the keys that were asked for. An EAN is found in any padding. Where two products were given one number before
/// that was so, each is found by its own spelling, and the first of them by every other.
/// </summary>
public sealed class KeyOwners
{
    private readonly Dictionary<(string Kind, string Key), KeyOwner> _owners;
    private Dictionary<(string Kind, string Spelling), KeyOwner>? _twins;

    internal KeyOwners(int capacity) => _owners = new(capacity);

    public int Count => _owners.Count;

    /// <summary>The owners, each once.</summary>
    public IReadOnlyCollection<Guid> Products =>
        [.. _owners.Values.Concat<KeyOwner>(_twins is null ? [] : _twins.Values).Select(o => o.Product).Distinct()];

    public KeyOwner? Find(string kind, string? key) =>
        key is null ? null
        : _twins is not null && _twins.TryGetValue((kind, key), out var owner) ? owner
        : _owners.TryGetValue((kind, ProductKeys.Stored(kind, key)), out owner) ? owner
        : null;

    /// <summary>A product's key became another, null for none.</summary>
    public void Move(string kind, string? before, string? after, Guid product)
    {
        if (before == after)
        {
            return;
        }

        if (before is not null && Find(kind, before)?.Product == product && _twins?.Remove((kind, before)) != true)
        {
            _owners.Remove((kind, ProductKeys.Stored(kind, before)));
        }

        if (after is not null)
        {
            _owners[(kind, ProductKeys.Stored(kind, after))] = new KeyOwner(product, after);
        }
    }

    /// <param name="key">As stored.</param>
    /// <param name="twin">Above zero for a further product with the number of another.</param>
    internal void Add(string kind, string key, int twin, KeyOwner owner)
    {
        if (twin > 0)
        {
            (_twins ??= []).TryAdd((kind, owner.Spelling), owner);
            _owners.TryAdd((kind, key), owner);
        }
        else
        {
            _owners[(kind, key)] = owner;
        }
    }
}

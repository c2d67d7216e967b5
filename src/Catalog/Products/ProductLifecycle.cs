using PixeeEvents.EventLog;

namespace PixeeEvents.Catalog.Products;

/// <summary>The product was put away. One that was offered is deactivated with it.</summary>
public sealed record ProductArchived;

/// <summary>The product is back in use. It is activated with it.</summary>
public sealed record ProductUnarchived;

/// <summary>The product will not be made or bought any more.</summary>
public sealed record ProductCancelled;

/// <summary>The cancellation was taken back.</summary>
public sealed record ProductUncancelled;

/// <summary>The product is shown in the company's showcase.</summary>
public sealed record ProductShowcased;

/// <summary>The product left the showcase.</summary>
public sealed record ProductUnshowcased;

/// <summary>A user likes the product.</summary>
public sealed record ProductLiked(long User);

/// <summary>A user likes the product no more.</summary>
public sealed record ProductUnliked(long User);

/// <summary>What can be done to a product as a whole. Done twice, each is done once.</summary>
public enum ProductAction
{
    Archive,
    Unarchive,
    Cancel,
    Uncancel,
    Showcase,
    Unshowcase,
    Like,
    Unlike,
}

/// <summary>Moves a product through its life.</summary>
/// <param name="User">Who acts; likes are the user's own.</param>
public sealed record ActOnProduct(ProductAction Action, long User)
{
    public Decision Decide(Product product)
    {
        if (!product.Exists)
        {
            return new Refusal("no_such_product", "There is no such product.");
        }

        IEnumerable<object> events = Action switch
        {
            ProductAction.Archive => Archive(product),
            ProductAction.Unarchive => Unarchive(product),
            ProductAction.Cancel => [.. If(!product.IsCancelled, new ProductCancelled()), .. Archive(product)],
            ProductAction.Uncancel => product.IsCancelled ? [new ProductUncancelled(), .. Unarchive(product)] : [],
            ProductAction.Showcase => If(!product.IsShowcased, new ProductShowcased()),
            ProductAction.Unshowcase => If(product.IsShowcased, new ProductUnshowcased()),
            ProductAction.Like => If(!product.Likes(User), new ProductLiked(User)),
            ProductAction.Unlike => If(product.Likes(User), new ProductUnliked(User)),
            _ => throw new InvalidOperationException($"{Action} is no action."),
        };
        return Decision.Of([.. events]);
    }

    private static IEnumerable<object> Archive(Product product) =>
        product.IsArchived ? [] : [new ProductArchived(), .. If(product.IsActive, new ProductDeactivated())];

    private static IEnumerable<object> Unarchive(Product product) =>
        product.IsArchived ? [new ProductUnarchived(), .. If(!product.IsActive, new ProductActivated())] : [];

    private static IEnumerable<object> If(bool holds, object @event) => holds ? [@event] : [];
}

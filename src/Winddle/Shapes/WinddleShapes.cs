using System.ComponentModel;

namespace PixeeEvents.Winddle.Shapes;

/// <summary>
/// Bodies and answers of the Winddle face as its document tells them; a spec holds them against real ones. A parameter with a default may
/// be left out.
/// </summary>
internal static class WinddleShapes
{
    public enum CustomFieldType
    {
        Text,
        Number,
        Date,
        Boolean,
        List,
    }

    public sealed record Refusal(
        [property: Description("What is wrong, by field; base for the whole call.")]
        IReadOnlyDictionary<string, IReadOnlyList<string>> Errors);

    /// <summary>What something is found by: its id, else a name of it.</summary>
    public sealed record Key;

    public sealed record Resource(string Type, string Action);

    public sealed record Named(long Id, string Name);

    public sealed record UserBrief(long Id, string FullName, string Email);

    public sealed record UserAnswer(Resource Resource, User User);

    public sealed record User(
        long Id,
        string FullName,
        string Email,
        string Px40,
        string Px75,
        string Px150,
        string? Locale,
        string? DefaultCurrency,
        Company Company,
        string? Position,
        string? Contact,
        IReadOnlyList<string> Partners,
        bool CompanyAdmin,
        bool ProductOwner);

    public sealed record Company(string Id, string? Name);

    public record Article(
        long Id,
        string Name,
        string? SourceId,
        string? Reference,
        string? Material,
        string? Brand,
        string? Color,
        string? Size,
        string? Washcare,
        string? Description,
        string? Dimensions,
        string? Theme,
        string? Collection,
        string? Formula,
        DateOnly? TargetStoreDate,
        [property: Description("Address of the picture at this size; empty without one.")] string Px40,
        string Px75,
        string Px150,
        string Px500,
        bool Archived,
        bool Showcased,
        string? Status,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        IReadOnlyList<CustomValue> Customs);

    public sealed record CustomValue(long Id, string Name, string? Value, DateTimeOffset? UpdatedAt);

    public sealed record SeasonBrief(long Id, string Name, string? Code);

    public sealed record SizesetBrief(long Id, string Name, IReadOnlyList<string> Sizes);

    public sealed record CategoryBrief(long Id, string? SourceId, string Label);

    public sealed record VariantAnswer(Resource Resource, Variant Variant);

    public sealed record VariantListAnswer(Resource Resource, IReadOnlyList<Variant> Variants);

    public sealed record Variant(
        long Id,
        string Name,
        string? SourceId,
        string? Reference,
        string? Material,
        string? Brand,
        string? Color,
        string? Size,
        string? Washcare,
        string? Description,
        string? Dimensions,
        string? Theme,
        string? Collection,
        string? Formula,
        DateOnly? TargetStoreDate,
        string Px40,
        string Px75,
        string Px150,
        string Px500,
        bool Archived,
        bool Showcased,
        string? Status,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        IReadOnlyList<CustomValue> Customs,
        long ProductId)
        : Article(
            Id, Name, SourceId, Reference, Material, Brand, Color, Size, Washcare, Description, Dimensions, Theme, Collection, Formula,
            TargetStoreDate, Px40, Px75, Px150, Px500, Archived, Showcased, Status, CreatedAt, UpdatedAt, Customs)
    {
        public SeasonBrief Season { get; init; } = null!;
    }

    public sealed record ProductAnswer(Resource Resource, Product Product);

    public sealed record ProductListAnswer(Resource Resource, IReadOnlyList<Product> Products);

    /// <summary>The attachments are shown with a product alone, and not in lists.</summary>
    public sealed record Product(
        long Id,
        string Name,
        string? SourceId,
        string? Reference,
        string? Material,
        string? Brand,
        string? Color,
        string? Size,
        string? Washcare,
        string? Description,
        string? Dimensions,
        string? Theme,
        string? Collection,
        string? Formula,
        DateOnly? TargetStoreDate,
        string Px40,
        string Px75,
        string Px150,
        string Px500,
        bool Archived,
        bool Showcased,
        string? Status,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        IReadOnlyList<CustomValue> Customs,
        bool Cancelled,
        bool Liked,
        int LikesCount,
        IReadOnlyList<SizesetBrief> Sizesets,
        [property: Description("From the root to its own.")] IReadOnlyList<CategoryBrief> Categories,
        IReadOnlyList<Variant> Variants,
        IReadOnlyList<Named> Projects,
        bool CanDelete,
        bool CanManage)
        : Article(
            Id, Name, SourceId, Reference, Material, Brand, Color, Size, Washcare, Description, Dimensions, Theme, Collection, Formula,
            TargetStoreDate, Px40, Px75, Px150, Px500, Archived, Showcased, Status, CreatedAt, UpdatedAt, Customs)
    {
        public SeasonBrief Season { get; init; } = null!;

        public UserBrief Owner { get; init; } = null!;

        public CategoryBrief Category { get; init; } = null!;

        public IReadOnlyList<Attachment> Attachments { get; init; } = [];
    }

    public sealed record AttachmentAnswer(Resource Resource, Attachment Attachment);

    public sealed record AttachmentListAnswer(Resource Resource, IReadOnlyList<Attachment> Attachments);

    /// <summary>What is said of the file is said of its current version.</summary>
    public sealed record Attachment(
        long Id,
        string? SourceId,
        string Name,
        string? Folder,
        string Storage,
        string Filename,
        string? Note,
        string Url,
        [property: Description("In bytes.")] string Size,
        string MimeType,
        string Nc1000,
        string Px150,
        string Px75,
        string Px40,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt,
        bool Updatable,
        IReadOnlyList<AttachmentVersion> Versions);

    public sealed record AttachmentVersion(
        long Id,
        string Storage,
        string Filename,
        string? Note,
        string Url,
        string Size,
        string MimeType,
        string Nc1000,
        string Px150,
        string Px75,
        string Px40,
        DateTimeOffset CreatedAt);

    public sealed record CategoryAnswer(Resource Resource, CategoryWithBranch ProductCategory);

    public sealed record CategoryListAnswer(Resource Resource, IReadOnlyList<Category> ProductCategories);

    public record Category(long Id, string? SourceId, string Label, long? ParentId, int Level, int Position);

    public sealed record CategoryWithBranch(
        long Id, string? SourceId, string Label, long? ParentId, int Level, int Position, IReadOnlyList<CategoryBrief> Categories)
        : Category(Id, SourceId, Label, ParentId, Level, Position);

    public sealed record CustomFieldAnswer(Resource Resource, CustomField CustomField);

    public sealed record CustomFieldListAnswer(Resource Resource, IReadOnlyList<CustomField> CustomFields);

    public sealed record CustomField(long Id, string Name, CustomFieldType Type, IReadOnlyList<string> Options, int Position);

    public sealed record StatusAnswer(Resource Resource, Status ProductStatus);

    public sealed record StatusListAnswer(Resource Resource, IReadOnlyList<Status> ProductStatuses);

    public sealed record Status(long Id, string Name, int Position);

    public sealed record SeasonAnswer(Resource Resource, Season Season);

    public sealed record SeasonListAnswer(Resource Resource, IReadOnlyList<Season> Seasons);

    public sealed record Season(long Id, string Name, string? Code, int Position);

    public sealed record SizesetAnswer(Resource Resource, Sizeset Sizeset);

    public sealed record SizesetListAnswer(Resource Resource, IReadOnlyList<Sizeset> Sizesets);

    public sealed record Sizeset(
        long Id,
        string Name,
        IReadOnlyList<string> Sizes,
        [property: Description("Null for all categories.")] long? CategoryId,
        int Position);

    public sealed record ProjectAnswer(Resource Resource, Project Project);

    public sealed record ProjectListAnswer(Resource Resource, IReadOnlyList<Project> Projects);

    public sealed record Project(
        long Id,
        string Name,
        string? SourceId,
        string? Reference,
        string CompanyId,
        bool Archived,
        long? Season,
        string? SeasonCode,
        string? Warehouse,
        string? WarehouseCode,
        string? DeparturePlace,
        string? CountryOfOrigin,
        string? ArrivalPlace,
        string? PaymentConditions,
        string? TransportationMode,
        string? Incoterm,
        string? ProjectType,
        string? Laboratory,
        string? TermsStatus,
        DateTimeOffset? TermsValidatedAt,
        UserBrief Owner,
        IReadOnlyList<UserBrief> Members,
        bool CanManage,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt);

    public sealed record LineItemAnswer(Resource Resource, LineItem LineItem);

    public sealed record LineItemListAnswer(Resource Resource, IReadOnlyList<LineItem> LineItems);

    /// <summary>The attachments of its product are shown with a line alone, and not in lists.</summary>
    public sealed record LineItem(
        long Id,
        string Name,
        string? SourceId,
        string? Reference,
        Named Project,
        IReadOnlyList<Named> Variants,
        DateOnly StartAt,
        DateOnly? DeliverAt,
        bool Locked,
        bool Cancelled,
        bool Archived,
        string? Manufacturer,
        string? Incoterms,
        string? FreightType,
        string? PackingConditions,
        DateTimeOffset CreatedAt,
        DateTimeOffset UpdatedAt)
    {
        public Named Product { get; init; } = null!;

        public IReadOnlyList<Attachment> Attachments { get; init; } = [];
    }
}

using System.ComponentModel;

namespace PixeeEvents.Winddle.Shapes;

/// <summary>What calls of the Winddle face bring. A parameter with a default may be left out; null clears.</summary>
internal static class WinddleBodies
{
    public record ProductChange(
        string Name = "",
        string? SourceId = null,
        string? Reference = null,
        string? Material = null,
        string? Brand = null,
        string? Color = null,
        string? Size = null,
        string? Washcare = null,
        string? Description = null,
        string? Dimensions = null,
        string? Theme = null,
        string? Collection = null,
        string? Formula = null,
        DateOnly? TargetStoreDate = null,
        WinddleShapes.Key Category = null!,
        WinddleShapes.Key Season = null!,
        WinddleShapes.Key Status = null!,
        [property: Description("Given by company admins alone.")] WinddleShapes.Key Owner = null!,
        IReadOnlyList<CustomChange>? Customs = null,
        bool RemoveImage = false);

    /// <summary>As a change, and the name is required.</summary>
    public sealed record NewProduct : ProductChange
    {
        public new required string Name { get; init; }
    }

    public sealed record CustomChange(string? Value, [property: Description("Id or name.")] WinddleShapes.Key Field = null!);

    public record VariantChange(
        string Name = "",
        string? SourceId = null,
        string? Reference = null,
        string? Material = null,
        string? Brand = null,
        string? Color = null,
        string? Size = null,
        string? Washcare = null,
        string? Description = null,
        string? Dimensions = null,
        string? Theme = null,
        string? Collection = null,
        string? Formula = null,
        DateOnly? TargetStoreDate = null,
        WinddleShapes.Key Season = null!,
        WinddleShapes.Key Status = null!,
        IReadOnlyList<CustomChange>? Customs = null);

    /// <summary>As a change, and the name is required.</summary>
    public sealed record NewVariant : VariantChange
    {
        public new required string Name { get; init; }
    }

    public sealed record AttachmentChange(
        string? Name = null,
        string? SourceId = null,
        string? Folder = null,
        [property: Description("The file, one at most.")] IReadOnlyList<NewVersion>? VersionsAttributes = null);

    public sealed record NewVersion(
        [property: Description("The file in Base64.")] string? Base64Data = null,
        [property: Description("An address to download it from.")] string? RemoteAttachedUrl = null,
        string? Filename = null,
        string? Note = null);

    public sealed record NewCategory(string Label, string? SourceId = null, long? ParentId = null, int? Position = null);

    public sealed record CategoryChange(string Label = "", string? SourceId = null, long? ParentId = null, int? Position = null);

    public sealed record NewCustomField(
        string Name,
        WinddleShapes.CustomFieldType Type = WinddleShapes.CustomFieldType.Text,
        IReadOnlyList<string>? Options = null,
        int? Position = null);

    public sealed record CustomFieldChange(
        string Name = "",
        WinddleShapes.CustomFieldType Type = WinddleShapes.CustomFieldType.Text,
        IReadOnlyList<string>? Options = null,
        int? Position = null);

    public sealed record NewStatus(string Name, int? Position = null);

    public sealed record StatusChange(string Name = "", int? Position = null);

    public sealed record NewSeason(string Name, string? Code = null, int? Position = null);

    public sealed record SeasonChange(string Name = "", string? Code = null, int? Position = null);

    public sealed record NewSizeset(string Name, IReadOnlyList<string>? Sizes = null, long? CategoryId = null, int? Position = null);

    public sealed record SizesetChange(
        string Name = "", IReadOnlyList<string>? Sizes = null, long? CategoryId = null, int? Position = null);

    public record ProjectChange(
        string Name = "",
        string? SourceId = null,
        string? Reference = null,
        bool Archived = false,
        [property: Description("Id, code or name.")] WinddleShapes.Key Season = null!,
        [property: Description("Id or e-mail; given by company admins alone.")] WinddleShapes.Key Owner = null!,
        [property: Description("Ids or e-mails.")] IReadOnlyList<WinddleShapes.Key>? Members = null,
        string? Warehouse = null,
        string? WarehouseCode = null,
        string? DeparturePlace = null,
        string? CountryOfOrigin = null,
        string? ArrivalPlace = null,
        string? PaymentConditions = null,
        string? TransportationMode = null,
        string? Incoterm = null,
        string? ProjectType = null,
        string? Laboratory = null,
        string? TermsStatus = null,
        DateTimeOffset? TermsValidatedAt = null);

    /// <summary>As a change, and the name is required.</summary>
    public sealed record NewProject : ProjectChange
    {
        public new required string Name { get; init; }
    }

    public record LineItemChange(
        [property: Description("Of one product of the catalogue; a new line may bring a new product instead.")]
        WinddleShapes.Key Product = null!,
        string Name = "",
        IReadOnlyList<WinddleShapes.Key>? Variants = null,
        string? SourceId = null,
        string? Reference = null,
        DateOnly? StartAt = null,
        DateOnly? DeliverAt = null,
        bool Locked = false,
        bool Cancelled = false,
        bool Archived = false,
        string? Manufacturer = null,
        string? Incoterms = null,
        string? FreightType = null,
        string? PackingConditions = null);

    /// <summary>As a change, and the product is required.</summary>
    public sealed record NewLineItem : LineItemChange
    {
        public new required WinddleShapes.Key Product { get; init; }
    }
}

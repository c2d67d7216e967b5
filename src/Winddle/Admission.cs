using PixeeEvents.Winddle.Attachments;


namespace PixeeEvents.Winddle;

/// <summary>Who may call an endpoint. What depends on the product itself is decided where the product is at hand.</summary>
internal enum Needs
{
    /// <summary>Any user of the company.</summary>
    User,

    /// <summary>The product's owner or a company admin; the endpoint finds out by <see cref="Roles"/>.</summary>
    Manager,

    /// <summary>A company admin.</summary>
    Admin,
}

/// <summary>What an endpoint asks of its caller; every endpoint of the face declares one.</summary>
/// <param name="MaxBytes">Of the body.</param>
/// <param name="MaxFormBytes">Of a form, where it may be larger than any other body.</param>
internal sealed record Admission(Needs Needs, string Tier, long MaxBytes = Admission.PlainBody, long? MaxFormBytes = null)
{
    public const long PlainBody = 1024 * 1024;

    /// <summary>The body may hold a file, or the address of one.</summary>
    public bool BringsFiles => Tier == RateTier.WinddleUpload || MaxFormBytes is not null;

    public static Admission Read { get; } = new(Needs.User, RateTier.WinddleRead);

    public static Admission Write { get; } = new(Needs.User, RateTier.WinddleWrite);

    public static Admission Manage { get; } = new(Needs.Manager, RateTier.WinddleWrite);

    /// <summary>As <see cref="Manage"/>, with a file in the body.</summary>
    public static Admission Upload { get; } = new(Needs.Manager, RateTier.WinddleUpload, Uploads.MaxBodyBytes);

    public static Admission Administer { get; } = new(Needs.Admin, RateTier.WinddleWrite);
}

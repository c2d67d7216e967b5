namespace PixeeEvents.Http.Routes;

/// <summary>What is always null.</summary>
internal sealed record Nothing;

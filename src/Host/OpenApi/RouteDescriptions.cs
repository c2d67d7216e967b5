using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.ApiExplorer;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using PixeeEvents.Winddle;

namespace PixeeEvents.Host.OpenApi;

/// <summary>Tells the API explorer of every route that is <see cref="Documented"/>, and of those that stand for it.</summary>
internal sealed class RouteDescriptions(EndpointDataSource endpoints) : IApiDescriptionProvider
{
    public const string Json = "application/json";
    public const string Xml = "application/xml";
    public const string Form = "multipart/form-data";

    public int Order => 0;

    public void OnProvidersExecuting(ApiDescriptionProviderContext context)
    {
        foreach (var endpoint in endpoints.Endpoints.OfType<RouteEndpoint>().OrderBy(e => e.RoutePattern.RawText, StringComparer.Ordinal))
        {
            if (endpoint.Metadata.GetMetadata<Documented>() is { } documented)
            {
                var own = endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods
                    .Select(m => $"{m} {endpoint.RoutePattern.RawText}");
                foreach (var (index, route) in own.Concat(documented.Aliases).Index())
                {
                    context.Results.Add(Describe(endpoint, documented, route, index));
                }
            }
        }
    }

    public void OnProvidersExecuted(ApiDescriptionProviderContext context)
    {
        // What other providers found out of signatures says less.
        foreach (var other in context.Results.Where(r => r.ActionDescriptor is not DocumentedAction).ToList())
        {
            context.Results.Remove(other);
        }
    }

    private static ApiDescription Describe(RouteEndpoint endpoint, Documented documented, string route, int index)
    {
        var end = route.IndexOf(' ', StringComparison.Ordinal);
        var action = new DocumentedAction(endpoint, documented, index);
        // What the document tags an operation with.
        action.RouteValues["controller"] = action.Face.Name;
        var description = new ApiDescription
        {
            ActionDescriptor = action,
            GroupName = action.Face.Name,
            HttpMethod = route[..end],
            RelativePath = route[(end + 1)..].TrimStart('/').TrimEnd('/'),
        };
        var formats = action.Face.Formats;
        if (documented.Takes is { } body)
        {
            description.ParameterDescriptions.Add(
                new ApiParameterDescription { Name = "body", Source = BindingSource.Body, Type = body, IsRequired = true });
            foreach (var format in documented.File is null ? formats : [.. formats, Form])
            {
                description.SupportedRequestFormats.Add(new ApiRequestFormat { MediaType = format });
            }
        }

        description.SupportedResponseTypes.Add(new ApiResponseType
        {
            StatusCode = documented.Status,
            Type = documented.Gives ?? typeof(void),
            ApiResponseFormats = documented.Gives is null ? [] : [.. formats.Select(f => new ApiResponseFormat { MediaType = f })],
        });
        return description;
    }
}

/// <summary>A route as the document tells of it.</summary>
/// <param name="endpoint">That it leads to.</param>
/// <param name="documented">What is said of the endpoint.</param>
/// <param name="index">Of the routes that are one operation; 0 is the operation itself.</param>
internal sealed class DocumentedAction(RouteEndpoint endpoint, Documented documented, int index) : ActionDescriptor
{
    public Documented Documented => documented;

    public Face Face { get; } = Face.Of(endpoint.Metadata.GetMetadata<ITagsMetadata>()!.Tags[0]);

    public int Index => index;

    public Access? Access => endpoint.Metadata.GetMetadata<Access>();

    public Admission? Admission => endpoint.Metadata.GetMetadata<Admission>();

    /// <summary>A plain identifier.</summary>
    public string OperationId => documented.OperationId + (index == 0 ? "" : $"{index + 1}");

    /// <summary>Statuses of the ways in which a call may end without its answer.</summary>
    public IEnumerable<int> Refusals
    {
        get
        {
            SortedSet<int> statuses =
            [
                StatusCodes.Status400BadRequest, StatusCodes.Status429TooManyRequests, StatusCodes.Status503ServiceUnavailable,
                .. documented.Refusals,
            ];
            if (Access is not { Scope: null })
            {
                statuses.UnionWith([StatusCodes.Status401Unauthorized, StatusCodes.Status403Forbidden]);
            }

            if (documented.Parameters.Any(p => p.Place == "path"))
            {
                statuses.Add(StatusCodes.Status404NotFound);
            }

            if (documented.Takes is not null || (Face.ReadsEveryBody && IsPost))
            {
                statuses.UnionWith(
                [
                    StatusCodes.Status413PayloadTooLarge, StatusCodes.Status415UnsupportedMediaType,
                    StatusCodes.Status422UnprocessableEntity,
                ]);
            }

            if (Face.Name != "WinDev" && documented.Parameters.Any(p => p.Place == "query"))
            {
                statuses.Add(StatusCodes.Status422UnprocessableEntity);
            }

            return Admission is null ? statuses : [.. statuses.Union(RefusalsOfWinddle())];
        }
    }

    private bool IsPost => Methods.Contains(HttpMethods.Post);

    private IReadOnlyList<string> Methods => endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()!.HttpMethods;

    private IEnumerable<int> RefusalsOfWinddle()
    {
        yield return StatusCodes.Status406NotAcceptable;
        if (!Methods.Contains(HttpMethods.Get))
        {
            yield return StatusCodes.Status409Conflict;
        }

        // The end of something that is in use is refused as a wrong value is.
        if (Methods.Contains(HttpMethods.Delete))
        {
            yield return StatusCodes.Status422UnprocessableEntity;
        }
    }
}

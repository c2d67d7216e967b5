namespace PixeeEvents.Host.OpenApi;

/// <summary>What the API document says of whole faces.</summary>
internal static class Words
{
    public const string Overview =
        """
        A product-data hub: WinDev back-offices push products, stock and prices in batches, Winddle clients manage products, variants
            and files over the same catalogue, and subscribers are told of every change.

        Every answer but those of the open routes carries `X-RateLimit-Limit`, `X-RateLimit-Remaining`
            and `X-RateLimit-Reset`. `HEAD` works where `GET` does. Too many wrong keys or tokens
            from one address are answered with 429 until `Retry-After`. An answer may come with keys that are not shown here.
            The examples are calls that were made: of a list they show the first two elements, of one inside of it the first.
        """;

    public const string ApiKey =
        "`./pixee keys create --company demo --name shop` makes one. The scopes of a key are independent of each other.";

    public const string Token =
        "`./pixee tokens create --company demo --user admin@demo.example` makes one; it speaks for that user. "
        + "`Authorization: Token <token>` is taken too. A company token may act for another user.";

    public static IReadOnlyDictionary<string, string> Faces { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["WinDev"] =
            """
            Products by reference or EAN, in batches. Every answer, errors included, is the envelope `success`, `code`,
            `message`, `data`, `count`. In a batch each item has its own result; a bad one does not hinder the others.

            400: the body or a parameter cannot be read. 401: no key,
                or a bad one. 403: the scope is missing. 404: no such product. 409: busy, or the reference
                or EAN is another product's. 412: `If-Match` names another version. 413, 415: size and type of the body.
                422: a value is wrong. 429: too many calls, with `Retry-After`. 503: the database cannot serve now, with
                `Retry-After`; a write may have been made, and sending it again is safe.
            """,
        ["Winddle"] =
            """
            Products and what belongs to them, in JSON and XML: by `.json` or `.xml` at the end of the path, else `Accept`,
                else the format of the body, else JSON. The root key of a JSON body is optional,
                the root element of an XML body is required; forms are taken too. Things are found by id, else `source_id`,
                else name; a slash in a name is sent as `%2F`.

            400: the body or filter cannot be read. 401: no token, or a bad one. 403: not for this user. 404, 405: nothing there,
                another method. 406, 413, 415: format of the answer, size and type of the body. 409: busy. 422: a value is wrong,
                with a message per field. 429: too many calls, with `Retry-After`. 503: no picture can be taken now,
                or the database cannot serve, with `Retry-After`; a write may have been made: look before sending it again.
            """,
        ["Webhooks"] =
            """
            Who is told of changes, and what became of it. Lists answer `items`, `total`, `page`, `per_page`,
                `pages`; times are ISO 8601 with a zone. The bodies that arrive are under `webhooks`.

            Errors have an `error_code`. 400: `BAD_REQUEST`. 401: `AUTHENTICATION_REQUIRED`, `INVALID_API_KEY`. 403:
            `PERMISSION_DENIED`. 404, 405: `NOT_FOUND`, `METHOD_NOT_ALLOWED`. 409: `WEBHOOK_DISABLED`, `DELIVERY_UNSETTLED`,
            `DELIVERY_SUPERSEDED`, `TOO_MANY_SECRETS`. 413, 415: `BODY_TOO_LARGE`, `UNSUPPORTED_MEDIA_TYPE`. 422:
            `VALIDATION_ERROR`. 429: `RATE_LIMIT_EXCEEDED`, with `Retry-After`. 503: `SERVICE_UNAVAILABLE`, with
            `Retry-After`.
            """,
    };

    /// <summary>What a refusal means, by status.</summary>
    public static IReadOnlyDictionary<int, string> Refusals { get; } = new Dictionary<int, string>
    {
        [304] = "The caller has the answer already.",
        [400] = "The body or a parameter cannot be read.",
        [401] = "No credentials, or bad ones.",
        [403] = "Not for this caller.",
        [404] = "There is no such thing.",
        [406] = "The format of the answer is not known.",
        [409] = "Busy, or taken by another.",
        [410] = "No longer kept.",
        [412] = "`If-Match` names another version.",
        [413] = "The body is too large.",
        [415] = "The type or encoding of the body is not understood.",
        [422] = "A value is wrong.",
        [429] = "Too many calls; again after `Retry-After`.",
        [503] = "Cannot be served now; again after `Retry-After`.",
    };

    public static IReadOnlyDictionary<string, string> PageHeaders { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["X-Total-Count"] = "How many there are on all pages.",
        ["X-Page"] = "The page.",
        ["X-Per-Page"] = "The most that a page has.",
        ["Link"] = "The neighbouring pages, when there are any: first, prev, next, last (RFC 8288).",
    };

    public static IReadOnlyDictionary<string, string> Location { get; } = new Dictionary<string,
    string>(StringComparer.Ordinal)
    { ["Location"] = "Where what was made is shown." };
}

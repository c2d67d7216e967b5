using System.Text.RegularExpressions;
using Xunit;

namespace PixeeEvents.Host.Tests.WinDev;

public sealed partial class StatusSpecs(SharedServer server)
{
    [Fact]
    public async Task status_needs_no_key_and_answers_to_the_letter()
    {
        using var http = server.Http();
        using var response = await http.GetAsync("/api/v1/windev/status", TestContext.Current.CancellationToken);
        var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        Assert.Equal(
            """
            {"success":true,"code":200,"message":"WinDev API opérationnelle","data":{"api":"ProductsManager WinDev API","version":"1.1","timestamp":"NOW","endpoints":["GET  /api/v1/windev/status","GET  /api/v1/windev/products","POST /api/v1/windev/products/sync","GET  /api/v1/windev/products/since/{timestamp}","PATCH /api/v1/windev/products/{ref}","GET  /api/v1/windev/products/{ref}","POST /api/v1/windev/stock/update","POST /api/v1/windev/prices/update","GET  /api/v1/windev/categories","GET  /api/v1/windev/suppliers"]},"count":1}
            """,
            Now().Replace(text, "NOW"));
        Assert.False(response.Headers.Contains("X-RateLimit-Limit"));
    }

    [GeneratedRegex(@"(?<=""timestamp"":"")\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ(?="")", RegexOptions.None, 1000)]
    private static partial Regex Now();
}

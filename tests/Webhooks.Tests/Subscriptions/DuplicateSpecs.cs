using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Subscriptions;

public sealed class DuplicateSpecs
{
    [Fact]
    public void the_same_url_and_events_make_a_duplicate_of_the_first_whatever_their_order()
    {
        var first = Samples.Subscription with { Events = ["stock.updated", "price.updated"] };
        var second = first with
        {
            Id = Guid.NewGuid(),
            Events = ["price.updated", "stock.updated"],
            Url = new Uri("HTTPS://ERP.example:443/hook"),
            Name = "other"
        };
        var third = second with { Id = Guid.NewGuid(), IsEnabled = false };
        Assert.Equal(
            new Dictionary<Guid, Guid> { [second.Id] = first.Id, [third.Id] = first.Id },
                Duplicates.Of([first, second, third]).ToDictionary());
    }

    public static TheoryData<string, Func<Subscription, Subscription>> Others { get; } = new()
    {
        { "url", s => s with { Url = new Uri("https://erp.example/Hook") } },
        { "events", s => s with { Events = ["stock.updated"] } },
        { "fields", s => s with { Fields = ["stock"] } },
        { "suppliers", s => s with { SupplierCodes = ["KIMEX"] } },
    };

    [Theory]
    [MemberData(nameof(Others))]
    public void another_url_other_events_or_another_filter_get_something_else(string what, Func<Subscription, Subscription> change)
    {
        var first = Samples.Subscription;
        Assert.False(Duplicates.Of([first, change(first) with { Id = Guid.NewGuid() }]).Any(), what);
    }
}

using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Connections;
using PixeeEvents.Host.Cli.Demo;
using PixeeEvents.Host.Http;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Webhooks.Reports;
using PixeeEvents.Webhooks.Sending;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;

namespace PixeeEvents.Host.Cli.Webhooks;

/// <summary>Webhooks from the command line: look at them, try one, and receive them on this machine.</summary>
internal static class WebhookCommands
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan BetweenLooks = TimeSpan.FromMilliseconds(200);

    public static Command Create() => new("webhooks", "Webhooks: receive them here, list, test, replay, look at failures")
    {
        Listen(), List(), Test(), Replay(), Failed(),
    };

    private static Command Listen()
    {
        var port = new Option<int>("--port") { Description = "Where to listen on this machine", DefaultValueFactory = _ => 9000 };
        var secret = new Option<string?>("--secret") { Description = "The secret of the webhook that calls; generated with --register" };
        var register = new Option<bool>("--register") { Description = "Registers this receiver for every event and removes it at the end" };
        var company = new Option<string>("--company")
        {
            Description = "Whose events, with --register",
            DefaultValueFactory = _ => DemoCompany.Id,
        };
        var listen = new Command("listen", "Receives webhooks here, verifies their signatures and shows them; Ctrl-C ends it")
        {
            port, secret, register, company,
        };
        listen.SetAction(async (arguments, stop) =>
        {
            var given = arguments.GetValue(secret);
            if (given is null && !arguments.GetValue(register))
            {
                throw new CommandException("Give --secret of a webhook that calls here, or --register.");
            }

            if (given is not null && Secret.Refuse(given) is { } refusal)
            {
                throw new CommandException(refusal.Reason);
            }

            var known = given ?? Secret.Generate().Text;
            await using var app = new WebhookReceiver(known, Terminal.Console, TimeProvider.System).Listen(arguments.GetValue(port));
            try
            {
                await app.StartAsync(stop);
            }
            catch (IOException failure) when (failure.InnerException is AddressInUseException)
            {
                throw new CommandException($"{failure.Message} Choose another with --port.");
            }

            if (arguments.GetValue(register))
            {
                await ServeRegistered(app, arguments.GetRequiredValue(company), known, stop);
            }
            else
            {
                await Console.Out.WriteLineAsync($"Listening on {app.Urls.Single()}");
                await app.WaitForShutdownAsync(stop);
            }
        });
        return listen;
    }

    private static async Task ServeRegistered(WebApplication app, string company, string secret, CancellationToken stop)
    {
        await using var session = await CommandSession.Open(company, stop);
        var subscription = SubscriptionKeys.Default(company, null, TimeProvider.System.GetUtcNow()) with
        {
            Name = "pixee webhooks listen",
            Url = new Uri(app.Urls.Single()),
            Events = ["*"],
            PerItem = true,
        };
        await session.Webhooks.Create(subscription, secret, stop);
        try
        {
            await Console.Out.WriteLineAsync($"Listening on {subscription.Url} for all events of {company}, as webhook {subscription.Id}.");
            await Console.Out.WriteLineAsync($"Change something while ./pixee run serves, or: ./pixee webhooks test {subscription.Id}");
            await app.WaitForShutdownAsync(stop);
        }
        finally
        {
            await session.Webhooks.Delete(company, subscription.Id, CancellationToken.None);
        }
    }

    private static Command List()
    {
        var company = new Option<string?>("--company") { Description = "Only this company's" };
        var list = new Command("list", "Lists webhooks") { company };
        list.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var tenant in await Companies(session, arguments.GetValue(company), cancellationToken))
            {
                var webhooks = await session.Webhooks.List(tenant, cancellationToken);
                var duplicates = Duplicates.Of(webhooks);
                foreach (var webhook in webhooks)
                {
                    var stats = await session.Webhooks.Stats(tenant, webhook.Id, cancellationToken);
                    await Console.Out.WriteLineAsync(
                        $"{webhook.Id}  {tenant}  {webhook.Name}  {UrlRules.Redacted(webhook.Url)}  {string.Join(',', webhook.Events)}  "
                        + $"{(webhook.IsEnabled ? "enabled" : $"disabled {webhook.StateReason}")}  "
                        + string.Join(", ", stats.States.Where(s => s.Value > 0).Select(s => $"{s.Value} {s.Key}"))
                        + (duplicates.TryGetValue(webhook.Id, out var first) ? $"  duplicate of {first}" : ""));
                }
            }
        });
        return list;
    }

    private static Command Test()
    {
        var id = new Argument<Guid>("id") { Description = "The webhook's id, as list shows it" };
        var test = new Command("test", "Sends a test event through the running server and tells what came of it") { id };
        test.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var (module, webhook) = (session.Webhooks, await Find(session, arguments.GetRequiredValue(id), cancellationToken));
            var address = PublicAddress.Of(new ConfigurationBuilder().AddEnvironmentVariables().Build(), RunCommand.Url);
            var delivery = ValueOf(await module.Test(webhook.Tenant, webhook.Id, address.Url, cancellationToken));
            for (var waited = TimeSpan.Zero; waited < Patience; waited += BetweenLooks)
            {
                if (await module.Attempts(webhook.Tenant, delivery.Id, cancellationToken) is [var attempt, ..])
                {
                    await Console.Out.WriteLineAsync(
                        $"{attempt.Status?.ToString(CultureInfo.InvariantCulture) ?? attempt.Error} in {attempt.DurationMs:N0} ms");
                    return attempt is { Error: null, Status: >= 200 and < 300 } ? 0 : 1;
                }

                await Task.Delay(BetweenLooks, cancellationToken);
            }

            throw new CommandException("Nothing was sent yet. Does the server run? ./pixee run");
        });
        return test;
    }

    private static Command Replay()
    {
        var id = new Argument<Guid>("id") { Description = "The webhook's id, as list shows it" };
        var since = new Option<DateTimeOffset?>("--since")
        {
            Description = "From this time on, e.g. 2026-11-23T14:00Z; from the beginning when absent",
        };
        var until = new Option<DateTimeOffset?>("--until") { Description = "Before this time; up to now when absent" };
        var failed = new Option<bool>("--failed") { Description = "Only what was not delivered" };
        var replay = new Command("replay", "Has the running server send past events again") { id, since, until, failed };
        replay.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var webhook = await Find(session, arguments.GetRequiredValue(id), cancellationToken);
            var begun = ValueOf(await session.Webhooks.Replay(
                webhook.Tenant, webhook.Id, arguments.GetValue(since), arguments.GetValue(until), null, arguments.GetValue(failed),
                cancellationToken));
            await Console.Out.WriteLineAsync($"Replay {begun.Id} began; it goes on while the server runs.");
        });
        return replay;
    }

    private static Command Failed()
    {
        const int Shown = 100;
        var company = new Option<string?>("--company") { Description = "Only this company's" };
        var failed = new Command("failed", $"Lists the newest {Shown} deliveries that failed for good or are tried again") { company };
        failed.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            foreach (var tenant in await Companies(session, arguments.GetValue(company), cancellationToken))
            {
                foreach (var failure in await session.Webhooks.Failed(tenant, Shown, cancellationToken))
                {
                    await Console.Out.WriteLineAsync(Line(tenant, failure));
                }
            }
        });
        return failed;
    }

    /// <summary>One failure as <c>failed</c> shows it.</summary>
    internal static string Line(string tenant, FailedDelivery failure)
    {
        var delivery = failure.Delivery;
        return $"{delivery.Id}  {tenant}  {failure.Subscription.Name}  {delivery.Type}  {Time(delivery.OccurredAt)}  "
            + $"{delivery.State} after {delivery.Attempts} attempts: {failure.Reason}"
            + (delivery is { State: "waiting", DueAt: { } due } ? $", next {Time(due)}" : "");
    }

    private static async Task<IEnumerable<string>> Companies(CommandSession session, string? only, CancellationToken cancellationToken) =>
        (await session.Accounts.Companies(cancellationToken)).Select(c => c.Id).Where(c => only is null || c == only);

    private static async Task<Subscription> Find(CommandSession session, Guid id, CancellationToken cancellationToken) =>
        await session.Webhooks.Find(id, cancellationToken)
        ?? throw new CommandException($"There is no webhook {id}. ./pixee webhooks list shows them.");

    private static T ValueOf<T>(Result<T> result)
        where T : class => result.Value ?? throw new CommandException(result.Refusal!.Reason);

    private static string Time(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}

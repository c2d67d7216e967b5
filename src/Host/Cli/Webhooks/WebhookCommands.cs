using System.CommandLine;
using System.Globalization;
using Microsoft.AspNetCore.Connections;
using PixeeEvents.Host.Cli.Demo;
using PixeeEvents.Host.Webhooks.Wire;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.Events;
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

    private static string AllTypes => string.Join(", ", EventCatalogue.Types.Select(t => t.Name));

    public static Command Create() => new("webhooks", "Webhooks: receive them here, try, list, replay, look at failures")
    {
        Listen(), List(), Test(), Trigger(), Replay(), Failed(),
    };

    private static Command Listen()
    {
        var port = new Option<int>("--port") { Description = "Where to listen on this machine", DefaultValueFactory = _ => 9000 };
        var secret = new Option<string?>("--secret") { Description = "The secret of the webhook that calls; generated with --register" };
        var register = new Option<bool>("--register") { Description = "Registers this receiver, and removes it at the end" };
        var events = new Option<string>("--events")
        {
            Description = "Which events to register for, comma-separated, e.g. product.*,stock.updated",
            DefaultValueFactory = _ => "*",
        };
        var forward = new Option<Uri?>("--forward-to")
        {
            Description = "Passes every verified request on to this address, and its answer back",
            HelpName = "URL",
            CustomParser = given =>
            {
                if (Uri.TryCreate(given.Tokens[0].Value, UriKind.Absolute, out var to) && to.Scheme is "http" or "https")
                {
                    return to;
                }

                given.AddError("--forward-to is no address such as http://localhost:3000/hooks.");
                return null;
            },
        };
        var company = new Option<string>("--company")
        {
            Description = "Whose events, with --register",
            DefaultValueFactory = _ => DemoCompany.Id,
        };
        var listen = new Command("listen", "Receives webhooks here, verifies their signatures and shows them; Ctrl-C ends it")
        {
            port, secret, register, events, forward, company,
        };
        listen.SetAction(async (arguments, stop) =>
        {
            var given = arguments.GetValue(secret);
            if (given is null && !arguments.GetValue(register))
            {
                throw new CommandException("Give --secret of a webhook that calls here, or --register.");
            }

            var wanted = EventsOf(arguments.GetRequiredValue(events));
            if (!arguments.GetValue(register) && arguments.GetResult(events) is { Implicit: false })
            {
                throw new CommandException("--events goes with --register: a webhook of yours says itself which events it gets.");
            }

            if (given is not null && Secret.Refuse(given) is { } refusal)
            {
                throw new CommandException(refusal.Reason);
            }

            var known = given ?? Secret.Generate().Text;
            using var forwarding = arguments.GetValue(forward) is { } target ? new Forwarding(target) : null;
            await using var app = new WebhookReceiver(known, Terminal.Console, TimeProvider.System, forwarding)
                .Listen(arguments.GetValue(port));
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
                await ServeRegistered(app, arguments.GetRequiredValue(company), wanted, known, stop);
            }
            else
            {
                await Console.Out.WriteLineAsync($"Listening on {app.Urls.Single()}");
                await app.WaitForShutdownAsync(stop);
            }
        });
        return listen;
    }

    private static async Task ServeRegistered(
        WebApplication app, string company, IReadOnlyList<string> events, string secret, CancellationToken stop)
    {
        await using var session = await CommandSession.Open(company, stop);
        var subscription = SubscriptionKeys.Default(company, null, TimeProvider.System.GetUtcNow()) with
        {
            Name = "pixee webhooks listen",
            Url = new Uri(app.Urls.Single()),
            Events = events,
            PerItem = true,
        };
        await session.Webhooks.Create(subscription, secret, stop);
        try
        {
            await Console.Out.WriteLineAsync(
                $"Listening on {subscription.Url} for {string.Join(", ", events)} of {company}, as webhook {subscription.Id}.");
            await Console.Out.WriteLineAsync($"Change something while ./pixee run serves, or: ./pixee webhooks test {subscription.Id}");
            await app.WaitForShutdownAsync(stop);
        }
        finally
        {
            await session.Webhooks.Delete(company, subscription.Id, CancellationToken.None);
        }
    }

    private static string[] EventsOf(string text)
    {
        var wanted = text.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return wanted is [] || wanted.Any(w => !EventCatalogue.Types.Any(t => Subscription.Covers([w], t.Name)))
            ? throw new CommandException($"--events '{text}' names no event. There are: {AllTypes}.")
            : wanted;
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
            var delivery = ValueOf(await module.Test(webhook.Tenant, webhook.Id, Address(), cancellationToken));
            var (succeeded, outcome) = await OutcomeOf(module, webhook.Tenant, delivery, cancellationToken);
            await Console.Out.WriteLineAsync(outcome);
            return succeeded ? 0 : 1;
        });
        return test;
    }

    private static Command Trigger()
    {
        var type = new Argument<string>("type") { Description = AllTypes };
        type.AcceptOnlyFromAmong([.. EventCatalogue.Types.Select(t => t.Name)]);
        var company = new Option<string>("--company") { Description = "Whose webhooks", DefaultValueFactory = _ => DemoCompany.Id };
        var trigger = new Command(
            "trigger",
            "Sends a sample of a type, marked as a test, to every webhook that wants it, through the running server, and tells what came "
            + "of each")
        {
            type, company,
        };
        trigger.SetAction(async (arguments, cancellationToken) =>
        {
            var (tenant, wanted) = (arguments.GetRequiredValue(company), arguments.GetRequiredValue(type));
            await using var session = await CommandSession.Open(tenant, cancellationToken);
            var module = session.Webhooks;
            var webhooks = (await module.List(tenant, cancellationToken)).Where(w => w.IsEnabled && w.Wants(wanted)).ToList();
            if (webhooks.Count == 0)
            {
                throw new CommandException($"No enabled webhook of {tenant} wants {wanted}. ./pixee webhooks list shows them.");
            }

            var sent = new List<(Subscription Webhook, Delivery Delivery)>();
            foreach (var webhook in webhooks)
            {
                sent.Add((webhook, ValueOf(await module.Test(tenant, webhook.Id, wanted, Address(), cancellationToken))));
            }

            var allSucceeded = true;
            foreach (var (webhook, delivery) in sent)
            {
                var (succeeded, outcome) = await OutcomeOf(module, tenant, delivery, cancellationToken);
                allSucceeded &= succeeded;
                await Console.Out.WriteLineAsync($"{webhook.Name}  {UrlRules.Redacted(webhook.Url)}  {outcome}");
            }

            return allSucceeded ? 0 : 1;
        });
        return trigger;
    }

    private static Uri Address() => PublicAddress.Of(new ConfigurationBuilder().AddEnvironmentVariables().Build(), RunCommand.Url).Url;

    /// <summary>Waits for the first attempt.</summary>
    private static async Task<(bool Succeeded, string Shown)> OutcomeOf(
        WebhooksModule module, string tenant, Delivery delivery, CancellationToken cancellationToken)
    {
        for (var waited = TimeSpan.Zero; waited < Patience; waited += BetweenLooks)
        {
            if (await module.Attempts(tenant, delivery.Id, cancellationToken) is [var attempt, ..])
            {
                return (
                    attempt is { Error: null, Status: >= 200 and < 300 },
                    $"{attempt.Status?.ToString(CultureInfo.InvariantCulture) ?? attempt.Error} in {attempt.DurationMs:N0} ms");
            }

            await Task.Delay(BetweenLooks, cancellationToken);
        }

        throw new CommandException("Nothing was sent yet. Does the server run? ./pixee run");
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

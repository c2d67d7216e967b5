using System.CommandLine;
using System.Globalization;
using PixeeEvents.Webhooks.Events;
using Wolverine.Persistence.Durability;
using Wolverine.Persistence.Durability.DeadLetterManagement;

namespace PixeeEvents.Host.Cli.Webhooks;

/// <summary>What could not be handled and was set aside: events that became no delivery, and the program's messages to itself.</summary>
internal static class MessagesCommand
{
    public static Command Create()
    {
        var dead = new Command("dead", "Lists the messages that were set aside because handling them failed, the oldest first");
        dead.SetAction(async (_, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var events = await session.Webhooks.DeadMessages(cancellationToken);
            foreach (var message in events)
            {
                await Line(EventIds.Text(message.Id), message.DeadAt, $"{message.Type} of {message.Company}", message.Reason);
            }

            var letters = await Letters(session, cancellationToken);
            foreach (var letter in letters)
            {
                await Line(letter.Id.ToString(), letter.SentAt, letter.MessageType, letter.ExceptionMessage);
            }

            if (events.Count + letters.Count == 0)
            {
                await Console.Out.WriteLineAsync("No message is dead.");
            }
        });

        var wanted =
            new Argument<string?>("id") { Description = "As dead lists it; all when none is given", Arity = ArgumentArity.ZeroOrOne };
        var retry = new Command("retry", "Has the running server handle dead messages once more") { wanted };
        retry.SetAction(async (arguments, cancellationToken) =>
        {
            await using var session = await CommandSession.Open(cancellationToken);
            var text = arguments.GetValue(wanted);
            Guid? id = text is null ? null
                : EventIds.Parse(text) is { } named ? named
                : Guid.TryParse(text, out var parsed) ? parsed
                : throw new CommandException($"'{text}' is no id. ./pixee messages dead lists them.");
            var events = await session.Webhooks.RetryDead(id, cancellationToken);
            Guid[] letters = [.. (await Letters(session, cancellationToken)).Select(l => l.Id).Where(l => id is null || l == id)];
            if (letters.Length > 0)
            {
                await session.Get<IMessageStore>().DeadLetters.ReplayAsync(new DeadLetterEnvelopeQuery(letters), cancellationToken);
            }

            if (id is not null && events + letters.Length == 0)
            {
                throw new CommandException($"No dead message has the id {text}. ./pixee messages dead lists them.");
            }

            await Console.Out.WriteLineAsync($"{events + letters.Length} to be handled once more.");
        });

        return new Command("messages", "Messages that could not be handled") { dead, retry };
    }

    /// <summary>Those that nobody has asked to be handled again.</summary>
    private static async Task<IReadOnlyList<DeadLetterEnvelope>> Letters(CommandSession session, CancellationToken cancellationToken) =>
        (await session.Get<IMessageStore>().DeadLetters.QueryAsync(
            new DeadLetterEnvelopeQuery { Replayable = false, PageSize = 1000 }, cancellationToken)).Envelopes;

    private static Task Line(string id, DateTimeOffset at, string what, string reason) => Console.Out.WriteLineAsync(
        $"{id}  {at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture)}  {what}  {reason.ReplaceLineEndings(" ")}");
}

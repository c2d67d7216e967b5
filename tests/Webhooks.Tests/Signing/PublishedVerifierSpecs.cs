using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using PixeeEvents.Webhooks.Signing;
using PixeeEvents.Webhooks.Subscriptions;
using PixeeEvents.Webhooks.Tests.Testing;
using Xunit;

namespace PixeeEvents.Webhooks.Tests.Signing;

/// <summary>What receivers really run: the libraries <c>standardwebhooks</c> and <c>svix</c>, and OpenSSL for the public key.</summary>
public sealed class PublishedVerifierSpecs
{
    private static readonly bool[] Accepted = [true, true];
    private static readonly bool[] Refused = [false, false];
    private static readonly JsonSerializerOptions Unescaped = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    public async Task ten_thousand_random_bodies_verify_with_the_published_libraries()
    {
        var random = new Random(20261123);
        var secrets = Enumerable.Range(0, 20).Select(_ => Secret.Generate()).Append(new Secret("un secret partagé à l'ancienne")).ToArray();
        var given = Enumerable.Range(0, 10_000).Select(i =>
        {
            var secret = secrets[random.Next(secrets.Length)];
            return Sample(secret, null, Attempt([secret], [], "v1", BodyOf(random, i)));
        }).ToList();
        var verdicts = await Verdicts(given);
        Assert.Equal(10_000, verdicts.Count);
        Assert.All(verdicts, v => Assert.Equal(Accepted, v));
    }

    [Fact]
    public async Task either_secret_of_a_rotation_verifies()
    {
        Secret[] secrets = [Secret.Generate(), Secret.Generate()];
        var attempt = Attempt(secrets, [SigningKey.Generate()], "v1,v1a", Samples.Body);
        var verdicts = await Verdicts(
            [Sample(secrets[0], null, attempt), Sample(secrets[1], null, attempt), Sample(Secret.Generate(), null, attempt)]);
        Assert.Equal([Accepted, Accepted, Refused], verdicts);
    }

    [Fact]
    public async Task what_was_changed_or_is_too_old_or_too_new_is_refused()
    {
        var secret = Secret.Generate();
        var good = Attempt([secret], [], "v1", Samples.Body);
        Attempted With(string name, string? value)
        {
            var headers = good.Headers.ToDictionary();
            headers.Remove(name);
            if (value is not null)
            {
                headers[name] = value;
            }

            return good with { Headers = headers };
        }

        Attempted At(int seconds) => Attempt([secret], [], "v1", Samples.Body, DateTimeOffset.UtcNow.AddSeconds(seconds));
        var signature = good.Headers["webhook-signature"];
        Attempted[] refused =
        [
            good with { Body = [.. Samples.Body, (byte)' '] },
            With("webhook-id", "evt_0"),
            With("webhook-timestamp", (long.Parse(good.Headers["webhook-timestamp"]) + 1).ToString()),
            With("webhook-timestamp", "hello"),
            With("webhook-signature", null),
            With("webhook-signature", "v1,"),
            With("webhook-signature", signature[..8]),
            With("webhook-signature", "v2," + signature[3..]),
            At(-310),
            At(310),
        ];
        Attempted[] accepted =
        [
            good,
            With("webhook-signature", $"v1,{new string('A', 43)}= v2,{signature[3..]} {signature} v1,{new string('B', 43)}="),
            At(-290),
            At(290),
        ];
        var verdicts = await Verdicts([.. refused.Concat(accepted).Select(a => Sample(secret, null, a))]);
        Assert.Equal(refused.Select(_ => Refused).Concat(accepted.Select(_ => Accepted)), verdicts);
    }

    [Fact]
    public async Task v1a_verifies_with_the_published_key_alone_in_either_form()
    {
        var random = new Random(1);
        var key = SigningKey.Generate();
        var attempts = Enumerable.Range(0, 1_000).Select(i => Attempt([Secret.Generate()], [key], "v1,v1a", BodyOf(random, i))).ToList();
        var verdicts = await Verdicts(
            [.. attempts.Select(a => Sample(null, key, a)), .. attempts.Select(a => Sample(null, SigningKey.Generate(), a))]);
        Assert.Equal(2_000, verdicts.Count);
        Assert.All(verdicts.Take(1_000), v => Assert.Equal(Accepted, v));
        Assert.All(verdicts.Skip(1_000), v => Assert.Equal(Refused, v));
    }

    private static Attempted Attempt(Secret[] secrets, SigningKey[] keys, string schemes, byte[] body, DateTimeOffset? at = null) => new(
        DeliveryHeaders.Of(
            Samples.Subscription with { Signatures = schemes.Split(',') }, secrets, keys, Guid.NewGuid(), "stock.updated", null,
            at ?? DateTimeOffset.UtcNow, body)
            .ToDictionary(),
        body);

    /// <summary>JSON, because the libraries parse what they verified: empty, short, full of other scripts, some of 256 KiB.</summary>
    private static byte[] BodyOf(Random random, int number)
    {
        if (number % 100 == 0)
        {
            return [];
        }

        var length = number % 1000 == 1 ? 90_000 : random.Next(1, 400);
        var text = new StringBuilder(length);
        while (text.Length < length)
        {
            text.Append(new Rune(random.Next(10) == 0 ? random.Next(0x1f300, 0x1f600) : random.Next(0x20, 0xd7ff)));
        }

        return JsonSerializer.SerializeToUtf8Bytes(new { text = text.ToString(), number = random.NextDouble() }, Unescaped);
    }

    private static string Sample(Secret? secret, SigningKey? key, Attempted attempt) => JsonSerializer.Serialize(new
    {
        secret = secret?.Text,
        raw = secret is not null && !secret.Text.StartsWith(Secret.Prefix, StringComparison.Ordinal),
        jwk = key?.PublicJwk,
        whpk = key?.PublicText,
        headers = attempt.Headers,
        body = Convert.ToBase64String(attempt.Body),
    });

    private static async Task<List<bool[]>> Verdicts(IReadOnlyList<string> given, [CallerFilePath] string here = "")
    {
        var cancelled = TestContext.Current.CancellationToken;
        var folder = Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "node"));
        Assert.True(Directory.Exists(Path.Combine(folder, "node_modules")), "The published verifiers are missing; use ./pixee test.");
        using var node = Process.Start(
            new ProcessStartInfo("node", "verify.mjs")
            {
                WorkingDirectory = folder,
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
            })!;
        var writing = Task.Run(
            async () =>
            {
                foreach (var line in given)
                {
                    await node.StandardInput.WriteLineAsync(line.AsMemory(), cancelled);
                }

                node.StandardInput.Close();
            },
            cancelled);
        var verdicts = new List<bool[]>();
        while (await node.StandardOutput.ReadLineAsync(cancelled) is { } line)
        {
            verdicts.Add(JsonSerializer.Deserialize<bool[]>(line)!);
        }

        await writing;
        await node.WaitForExitAsync(cancelled);
        Assert.Equal(0, node.ExitCode);
        return verdicts;
    }

    private sealed record Attempted(Dictionary<string, string> Headers, byte[] Body);
}

using System.Reflection;
using JasperFx;
using JasperFx.CodeGeneration;
using JasperFx.CodeGeneration.Frames;
using JasperFx.CodeGeneration.Model;
using JasperFx.Core;
using Microsoft.AspNetCore.Http.Features;
using PixeeEvents.Accounts;
using PixeeEvents.EventLog;
using PixeeEvents.Host.Webhooks;
using PixeeEvents.Http.Availability;
using PixeeEvents.Webhooks;
using PixeeEvents.Webhooks.FanOut;
using PixeeEvents.Webhooks.Nodes;
using PixeeEvents.Webhooks.Replays;
using PixeeEvents.Winddle;
using PixeeEvents.Winddle.Wire;
using PixeeEvents.WinDev;
using Wolverine;
using Wolverine.ErrorHandling;
using Wolverine.Http;
using Wolverine.Http.CodeGen;

namespace PixeeEvents.Host;

/// <summary>How Wolverine finds and calls the endpoints.</summary>
internal static class Endpoints
{
    /// <summary>The program, which holds the code that the build made of the endpoints.</summary>
    private const string Program = "PixeeEvents.Server";

    public static void AddEndpoints(this WebApplicationBuilder builder, string? generatesInto)
    {
        builder.Services.AddWolverine(ExtensionDiscovery.ManualOnly, bus =>
        {
            bus.ApplicationAssembly = generatesInto is null ? Assembly.Load(Program) : Assembly.GetEntryAssembly();
            bus.Discovery.IncludeAssembly(typeof(WinDevApi).Assembly);
            bus.Discovery.IncludeAssembly(typeof(WinddleApi).Assembly);
            bus.Discovery.IncludeAssembly(typeof(WebhooksApi).Assembly);
            bus.AddMessages();
            bus.CodeGeneration.TypeLoadMode = generatesInto is null ? TypeLoadMode.Static : TypeLoadMode.Dynamic;
            if (generatesInto is not null)
            {
                bus.CodeGeneration.GeneratedCodeOutputPath = generatesInto;
            }
        });
        builder.Services.AddWolverineHttp();
    }

    /// <summary>What this program sends to itself by way of the database, on whichever node.</summary>
    public static void AddMessages(this WolverineOptions bus)
    {
        bus.ServiceName = "pixee";
        bus.Discovery.IncludeAssembly(typeof(WebhooksModule).Assembly);
        bus.MultipleHandlerBehavior = MultipleHandlerBehavior.Separated;
        bus.Policies.UseDurableLocalQueues();
        bus.PublishMessage<FanOutWaiting>().ToLocalQueue("fan-out").MaximumParallelMessages(8);
        bus.PublishMessage<SendReplay>().ToLocalQueue("replays").MaximumParallelMessages(2);
        bus.PublishMessage<SweepRetention>().ToLocalQueue("retention").Sequential();
        bus.OnAnyException().RetryWithCooldown(100.Milliseconds(), 1.Seconds(), 5.Seconds());
        bus.AutoBuildMessageStorageOnStartup = AutoCreate.None;
        bus.Durability.Mode = DurabilityMode.Balanced;
        bus.Durability.HealthCheckPollingTime = 3.Seconds();
        bus.Durability.StaleNodeTimeout = 15.Seconds();
        bus.Durability.StaleNodeEjectionThreshold = 1;
        bus.Durability.NodeAssignmentHealthCheckTracingEnabled = false;
    }

    public static void MapEndpoints(this WebApplication app) => app.MapWolverineEndpoints(http =>
    {
        http.AddParameterHandlingStrategy<CallParts>();
        http.ConfigureEndpoints(WinDevApi.Routes.Describe);
        http.ConfigureEndpoints(WinddleApi.Routes.Describe);
        http.ConfigureEndpoints(WebhooksApi.Routes.Describe);
    });
}

/// <summary>
/// What endpoints take of the call besides its path, query and body: whatever the gate found out about the caller, and types that read
/// themselves of it by a public <c>Of(HttpContext)</c>.
/// </summary>
public sealed class CallParts : IParameterStrategy
{
    private static readonly Dictionary<Type, string> Sources = new()
    {
        [typeof(ApiKey)] = nameof(KeyOf),
        [typeof(CurrentUser)] = nameof(UserOf),
        [typeof(Caller)] = nameof(CallerOf),
        [typeof(Turn)] = nameof(TurnOf),
        [typeof(IQueryCollection)] = nameof(QueryOf),
        [typeof(Page)] = nameof(PageOf),
    };

    public static ApiKey KeyOf(HttpContext context) => context.Features.GetRequiredFeature<ApiKey>();

    public static CurrentUser UserOf(HttpContext context) => context.Features.GetRequiredFeature<CurrentUser>();

    public static Caller CallerOf(HttpContext context) =>
        context.Features.Get<CurrentUser>() is { } user ? TokenCheck.CallerOf(context, user) : WinDevApi.CallerOf(context);

    public static Turn TurnOf(HttpContext context) => new(context);

    public static IQueryCollection QueryOf(HttpContext context) => context.Request.Query;

    /// <exception cref="RefusedCallException">There is no such page.</exception>
    public static Page PageOf(HttpContext context) => Winddle.Wire.Paging.Of(context);

    public bool TryMatch(HttpChain chain, IServiceContainer container, ParameterInfo parameter, out Variable? variable)
    {
        variable = Source(parameter.ParameterType) is { } source ? Call(chain, source).ReturnVariable : null;
        return variable is not null;
    }

    private static MethodInfo? Source(Type type) => Sources.TryGetValue(type, out var source)
        ? typeof(CallParts).GetMethod(source)
        : type.GetMethod("Of", BindingFlags.Public | BindingFlags.Static, [typeof(HttpContext)]);

    /// <summary>One for the whole chain: what an endpoint takes, a method before it may take too.</summary>
    private static MethodCall Call(HttpChain chain, MethodInfo source)
    {
        if (chain.Middleware.OfType<MethodCall>().FirstOrDefault(c => c.Method == source) is not { } call)
        {
            chain.Middleware.Add(call = new MethodCall(source.DeclaringType!, source));
        }

        return call;
    }
}

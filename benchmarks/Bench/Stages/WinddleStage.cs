using System.Globalization;

namespace PixeeEvents.Bench.Stages;

/// <summary>One size of the catalogue that the Winddle rows are measured on.</summary>
internal sealed class WinddleStage(Cluster cluster, Installation installation, int products) : Stage(cluster, installation, products)
{
    private readonly Participant<WinddleFloor> _floor = new();

    public new WinddleFloor Floor => _floor.Value;

    protected override string Name => string.Create(CultureInfo.InvariantCulture, $"winddle_{Products}");

    protected override Credential Credential => Credential.Token;

    public override Task OpenFloor(CancellationToken cancellationToken) =>
        _floor.Start(() => WinddleFloor.Open(Cluster.ConnectionString(FloorDatabase), cancellationToken), cancellationToken);

    public override async Task Stop()
    {
        await base.Stop();
        await _floor.Stop();
    }

    /// <summary>Both show the same page, to the letter.</summary>
    public async Task Compare(string path, CancellationToken cancellationToken)
    {
        var (wanted, shown) = (await Product.Get(path, cancellationToken), await Baseline.Get(path, cancellationToken));
        if (wanted.Total != shown.Total || !System.Text.Json.JsonElement.DeepEquals(wanted.Json, shown.Json))
            throw new InvalidOperationException(
                $"{path}: product and baseline answer differently: {wanted.Json.GetRawText()[..3000]} {shown.Json.GetRawText()[..3000]}");
    }

    protected override async Task Fill(CancellationToken cancellationToken)
    {
        await WinddleCatalogue.Fill(Cluster.ConnectionString(ProductDatabase), Products, cancellationToken);
        await StartBaseline(cancellationToken);
        await BaselineCopy.Run(Cluster.ConnectionString(ProductDatabase), Cluster.ConnectionString(BaselineDatabase), cancellationToken);
    }
}

using System.Collections.Frozen;

namespace PixeeEvents.Host.Cli.Import.Csv;

internal enum CellKind
{
    Text,
    Ean,
    Number,
    Money,
    Percent,
    Boolean,
}

/// <summary>A product field and what its cells hold.</summary>
/// <param name="Rank">Of two columns for one field the lower wins.</param>
/// <param name="Unit">In which the field is kept; null for one that has none.</param>
internal sealed record KnownColumn(string Field, CellKind Kind, int Rank, string? Unit);

/// <summary>The headings of French back-offices, best first for each field.</summary>
internal static class KnownColumns
{
    private static readonly FrozenDictionary<string, KnownColumn> Columns = Known(
        (CellKind.Text, null,
            """
            reference, ref, reference article, ref article, article reference, code article, code produit, article code,
            reference produit, ref produit, produit ref,
            sku, code interne, reference interne, ref interne, num article, no article, n article, code,
            manufacturer reference, reference fabricant, ref fabricant,
            reference constructeur, ref constructeur, reference fournisseur, ref fournisseur, ref frs, ref four,
            code article fournisseur
            """),
        (CellKind.Ean, null,
            """
            ean, ean13, code ean, code ean13, ean upc, code barres, code barre, codes barres, code a barres, code a barre,
            barcode, gencod, gencode,
            code gencod, gencod ean, ean8
            """),
        (CellKind.Text, null,
            """
            name, nom, designation, libelle, libelle article, designation article, nom article, libelle produit,
            designation produit, nom produit, libelle court,
            libelle 1, designation 1, article designation, article libelle, intitule, titre, produit
            """),
        (CellKind.Text, null, "brand, marque, nom marque, libelle marque, fabricant, constructeur"),
        (CellKind.Text, null, "short_description, description courte, descriptif court, resume"),
        (CellKind.Text, null, "description, description longue, descriptif, descriptif long, description article, description produit"),
        (CellKind.Money, null,
            """
            price_ht, prix achat ht, pa ht, prix achat, pa, pu achat ht, pu achat, tarif achat ht, tarif achat, cout achat,
            pa net ht, pa net, prix achat net,
            dernier prix achat, prix revient ht, prix revient, prix ht, pu ht, prix unitaire ht, prix unite ht, tarif ht,
            pv ht, prix vente ht, pu vente ht, tarif vente ht, prix public ht
            """),
        (CellKind.Money, null,
            """
            price_ttc, prix vente ttc, pv ttc, prix ttc, pu ttc, prix unitaire ttc, prix unite ttc, tarif ttc, tarif vente ttc,
            prix public ttc, pp ttc, prix vente public ttc,
            pvp ttc, pvc ttc, ppc ttc, prix vente conseille ttc
            """),
        (CellKind.Number, null,
            """
            stock, stock actuel, stock reel, stock physique, stock disponible, stock dispo, stock total, total stock, en stock,
            quantite en stock, quantite stock,
            qte en stock, qte stock, qte stk, stk, stock magasin, stock theorique, quantite disponible, qte disponible,
            qte dispo, quantite, qte, qty
            """),
        (CellKind.Text, null, "supplier_code, code fournisseur, code frs, code four, fournisseur, frs, fournisseur principal"),
        (CellKind.Number, "kg", "weight, poids, poids net, poids unitaire, poids brut, poids article, poids produit"),
        (CellKind.Number, "cm", "width, largeur"),
        (CellKind.Number, "cm", "height, hauteur"),
        (CellKind.Number, "cm", "depth, profondeur"),
        (CellKind.Text, null, "unit_of_measure, unite, unite mesure, unite vente, uv"),
        (CellKind.Number, "g", "package_weight, poids colis"),
        (CellKind.Number, null, "package_quantity, quantite par colis, qte par colis, conditionnement, colisage, pcb"),
        (CellKind.Text, null, "upc, code upc"),
        (CellKind.Ean, null, "gtin, code gtin, gtin13, gtin14"),
        (CellKind.Text, null, "external_id, identifiant externe"),
        (CellKind.Number, null,
            """
            min_order_quantity, quantite minimale, quantite minimum, quantite mini, qte mini,
            qte min, quantite min, minimum commande, moq
            """),
        (CellKind.Number, null, "lead_time_days, delai, delai jours, delai livraison"),
        (CellKind.Text, null, "hs_code, code douanier, nomenclature douaniere, nomenclature, code sh"),
        (CellKind.Text, null, "country_of_origin, pays origine, origine"),
        (CellKind.Boolean, null, "dangerous_goods, marchandise dangereuse, matiere dangereuse"),
        (CellKind.Text, null, "color, couleur, coloris"),
        (CellKind.Text, null, "size, taille, pointure"),
        (CellKind.Text, null, "material, matiere, materiau"),
        (CellKind.Percent, null, "tax_rate, taux tva, tva, tva vente, taux taxe, taux tva vente"),
        (CellKind.Number, null, "warranty_duration, garantie, garantie mois"),
        (CellKind.Text, null,
            "category, categorie, famille, famille article, libelle famille, rayon, libelle rayon, categorie produit, code famille"));

    private static readonly (string[] Fields, FrozenSet<string> Words)[] LookAlikes =
    [
        (["price_ht", "price_ttc"], Words("prix px pu pa pv pvp pvc tarif tarifs montant price cost cout")),
        (["stock"], Words("stock stk qte qty quantite quantity dispo disponible disponibilite inventaire")),
    ];

    /// <summary>Words of columns beside price and stock: limits, offers, what is on its way.</summary>
    private static readonly FrozenSet<string> Besides = Words(
        """
        promo promotion promotionnel solde soldes barre remise remises eco ecotaxe ancien marge conseille
        min mini minimum minimale max maxi maximum alerte seuil securite
        commande commandee reserve reservee colis lot gere gestion gerer suivi date devise code
        """);

    private static readonly FrozenDictionary<string, decimal> Sizes = new Dictionary<string, decimal>
    {
        ["kg"] = 1000,
        ["g"] = 1,
        ["gr"] = 1,
        ["gramme"] = 1,
        ["grammes"] = 1,
        ["m"] = 1000,
        ["cm"] = 10,
        ["mm"] = 1,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    public static KnownColumn? Find(Heading heading) => Columns.GetValueOrDefault(heading.Key);

    /// <summary>By what a cell is multiplied to be in the field's unit; null when the heading's unit measures something else.</summary>
    public static decimal? Factor(KnownColumn column, Heading heading) =>
        column.Unit is null || heading.Unit is null ? 1
        : Sizes.TryGetValue(heading.Unit, out var given) && IsLength(heading.Unit) == IsLength(column.Unit) ? given / Sizes[column.Unit]
        : null;

    /// <summary>Whether a column that no field answers to seems to hold a price or a stock, while such a field has no column.</summary>
    public static bool SeemsMissed(Heading heading, Predicate<string> hasColumn) =>
        LookAlikes.Any(l => heading.Words.Any(l.Words.Contains) && !l.Fields.All(f => hasColumn(f)))
        && !heading.Words.Any(Besides.Contains);

    private static bool IsLength(string unit) => unit.EndsWith('m');

    private static FrozenSet<string> Words(string words) =>
        words.Split((char[])[' ', '\n'], StringSplitOptions.RemoveEmptyEntries).ToFrozenSet(StringComparer.Ordinal);

    private static FrozenDictionary<string, KnownColumn> Known(params (CellKind Kind, string? Unit, string Headings)[] fields)
    {
        var columns = new Dictionary<string, KnownColumn>(StringComparer.Ordinal);
        foreach (var (kind, unit, headings) in fields)
        {
            var names = headings.Split((char[])[',', '\n'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            foreach (var (rank, name) in names.Index())
            {
                columns.Add(Heading.Read(name).Key, new KnownColumn(names[0], kind, rank, unit));
            }
        }

        return columns.ToFrozenDictionary(StringComparer.Ordinal);
    }
}

using PixeeEvents.Host.Cli.Import.Csv;
using Xunit;

namespace PixeeEvents.Host.Tests.Cli.Csv;

public sealed class HeadingSpecs
{
    [Theory]
    [InlineData("reference", "Référence|REF.|Code article|Code_Article|Réf. article|SKU|Réf. fournisseur|N° article|reference|codeArticle")]
    [InlineData("ean", "EAN|EAN 13|Code barre(s)|Codes-barres|codeBarre|Code à barres|Gencod|GENCOD|Code EAN")]
    [InlineData("name", "Désignation|DESIGNATION|Libellé article|Libellé de l'article|Libellé|Nom du produit|Désignation (fr)")]
    [InlineData("price_ht", "Prix achat|Prix d'achat HT|PA HT|P.A. H.T.|PV HT|Prix de vente HT|Prix HT (€)|PU HT|prix_ht|PrixAchat")]
    [InlineData("price_ttc", "PV TTC|Prix de vente TTC|Prix TTC|prix_vente_ttc|Prix TTC en euros|PrixVenteTTC|Prix public TTC")]
    [InlineData("stock", "Stock|Stock actuel|Stock réel|stockActuel|Qté|Quantité|Quantité en stock|Qté stock|STOCK RÉEL|Stock disponible")]
    [InlineData("tax_rate", "TVA|Taux TVA|Taux de TVA (%)|taux_tva")]
    [InlineData("category", "Famille|Rayon|Catégorie|famille article")]
    [InlineData("brand", "Marque|MARQUE|Fabricant")]
    [InlineData("supplier_code", "Fournisseur|Code fournisseur|Code frs")]
    [InlineData("weight", "Poids|Poids (kg)|Poids net|POIDS_KG|Poids en g")]
    public void headings_of_french_back_offices_are_known(string field, string headings) =>
        Assert.All(headings.Split('|'), heading => Assert.Equal(field, KnownColumns.Find(Heading.Read(heading))?.Field));

    [Theory]
    [InlineData("Prix de vente")]
    [InlineData("Prix")]
    [InlineData("Emplacement")]
    [InlineData("Stock mini")]
    [InlineData("")]
    [InlineData("(€)")]
    [InlineData("a\ufffeb")]
    public void what_could_be_two_things_or_nothing_is_unknown(string heading) => Assert.Null(KnownColumns.Find(Heading.Read(heading)));
}

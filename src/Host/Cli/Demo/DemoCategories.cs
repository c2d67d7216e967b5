namespace PixeeEvents.Host.Cli.Demo;

/// <summary>The category tree of the demo company, three levels deep.</summary>
internal static class DemoCategories
{
    public static IReadOnlyList<DemoCategory> All { get; } = Flatten(
    [
        ("", "Supports TV", "supports-tv"),
        ("supports-tv", "Supports muraux", "supports-muraux"),
        ("supports-muraux", "Supports muraux fixes", "supports-muraux-fixes"),
        ("supports-muraux", "Supports muraux inclinables", "supports-muraux-inclinables"),
        ("supports-muraux", "Supports muraux orientables", "supports-muraux-orientables"),
        ("supports-tv", "Supports plafond", "supports-plafond"),
        ("supports-tv", "Pieds et meubles TV", "pieds-et-meubles-tv"),
        ("pieds-et-meubles-tv", "Pieds de table", "pieds-de-table"),
        ("pieds-et-meubles-tv", "Pieds à roulettes", "pieds-a-roulettes"),
        ("supports-tv", "Supports vidéoprojecteur", "supports-videoprojecteur"),
        ("", "Câbles et connectique", "cables-et-connectique"),
        ("cables-et-connectique", "Câbles vidéo", "cables-video"),
        ("cables-video", "Câbles HDMI", "cables-hdmi"),
        ("cables-video", "Câbles DisplayPort", "cables-displayport"),
        ("cables-video", "Câbles VGA et DVI", "cables-vga-et-dvi"),
        ("cables-et-connectique", "Câbles audio", "cables-audio"),
        ("cables-audio", "Câbles optiques", "cables-optiques"),
        ("cables-audio", "Câbles RCA et jack", "cables-rca-et-jack"),
        ("cables-audio", "Câbles d'enceinte", "cables-enceinte"),
        ("cables-et-connectique", "Câbles réseau", "cables-reseau"),
        ("cables-reseau", "Cordons RJ45", "cordons-rj45"),
        ("cables-reseau", "Fibre optique", "fibre-optique"),
        ("cables-et-connectique", "Adaptateurs", "adaptateurs"),
        ("", "Audio", "audio"),
        ("audio", "Enceintes", "enceintes"),
        ("enceintes", "Enceintes Bluetooth", "enceintes-bluetooth"),
        ("enceintes", "Barres de son", "barres-de-son"),
        ("audio", "Casques et écouteurs", "casques-et-ecouteurs"),
        ("audio", "Microphones", "microphones"),
        ("", "Vidéo", "video"),
        ("video", "Antennes et réception TNT", "antennes-et-reception-tnt"),
        ("video", "Commutateurs et répartiteurs", "commutateurs-et-repartiteurs"),
        ("video", "Télécommandes", "telecommandes"),
        ("", "Énergie", "energie"),
        ("energie", "Multiprises", "multiprises"),
        ("energie", "Chargeurs", "chargeurs"),
        ("energie", "Piles et batteries", "piles-et-batteries"),
        ("", "Informatique", "informatique"),
        ("informatique", "Supports d'écran", "supports-ecran"),
        ("informatique", "Supports de tablette", "supports-de-tablette"),
        ("informatique", "Hubs et stations d'accueil", "hubs-et-stations-accueil"),
        ("informatique", "Gestion des câbles", "gestion-des-cables"),
    ]);

    /// <summary>Parents come before their children; the order among siblings is that of the list.</summary>
    private static DemoCategory[] Flatten((string Parent, string Name, string Slug)[] tree) =>
    [
        .. tree.Select((category, index) => new DemoCategory(
            category.Name,
            category.Slug,
            category.Parent.Length == 0 ? null : category.Parent,
            tree.Take(index + 1).Count(other => other.Parent == category.Parent))),
    ];
}

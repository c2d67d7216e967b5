namespace PixeeEvents.Host.Cli.Demo;

/// <param name="Reference">How the brand writes its references; seven # stand for the digits.</param>
/// <param name="EanPrefix">Four digits.</param>
internal sealed record DemoBrand(string Name, string EanPrefix, string Reference);

/// <param name="Longest">The longest side that a product of this kind has, in cm.</param>
/// <param name="Price">In euros, tax included.</param>
/// <param name="Weight">In kg.</param>
internal sealed record DemoKind(
    string Category,
    string Name,
    string[] Variants,
    string[] Sizes,
    (decimal From, decimal To) Price,
    (decimal From, decimal To) Weight,
    decimal Longest,
    string HsCode,
    string? Material = null);

/// <summary>The words and magnitudes that demo products are made of. Brands other than KIMEX are invented.</summary>
internal static class DemoRanges
{
    public static DemoBrand[] Brands { get; } =
    [
        new("KIMEX", "3760", "###-####"),
        new("Vidélio Pro", "3701", "VP#######"),
        new("Lumière & Fils", "3582", "LF ### ####"),
        new("Sonéa", "3614", "SN-####.###"),
        new("Câblis", "3439", "CBL#######"),
        new("Murfix", "4019", "MFX-#######"),
        new("Nordhall", "7340", "NH#####-##"),
        new("Ottavia", "8027", "OT.###.####"),
        new("Elcanto", "8435", "#####/##E"),
        new("Brightcore", "6941", "BC-#######-EU"),
        new("Ampère Maison", "3502", "AM_#######"),
        new("Télécâble", "3187", "#######"),
    ];

    public static string[] Colors { get; } = ["noir", "blanc", "anthracite", "rouge", "bleu pétrole", "vert d'eau"];

    public static string[] Ranges { get; } =
    [
        "Essentiel", "Élégance", "Pro", "Intégrale", "Évolution", "Série Océan",
        "Initial", "Premium", "Prestige", "Nomade", "Héritage", "Éco",
    ];

    public static string[] Sentences { get; } =
    [
        "Installation facile, visserie et gabarit de perçage fournis.",
        "Conçu pour un usage intensif en collectivité et à l'hôtel.",
        "Livré sous sachet recyclable, sans plastique à usage unique.",
        "Contacts plaqués or et double blindage contre les interférences.",
        "Réglage sans outil, maintien garanti après des milliers de manœuvres.",
        "Compatible avec la plupart des téléviseurs du marché ; vérifiez l'entraxe VESA.",
        "Qualité éprouvée : chaque pièce est contrôlée avant expédition.",
    ];

    private static readonly string[] Screens = ["13-27\"", "23-42\"", "32-55\"", "37-70\"", "43-75\"", "55-86\"", "60-100\""];
    private static readonly string[] Lengths = ["0,5 m", "1 m", "1,5 m", "2 m", "3 m", "5 m", "7,5 m", "10 m", "15 m", "20 m"];
    private static readonly string[] Packs = ["à l'unité", "lot de 2", "lot de 4", "lot de 10", "boîte de 24"];

    public static DemoKind[] Kinds { get; } =
    [
        new("Supports muraux fixes", "Support TV mural fixe", ["extra-plat", "universel", "renforcé", "à clipser"],
            Screens, (12, 89), (0.6m, 6), 90, "83025000", "acier"),
        new("Supports muraux inclinables", "Support TV mural inclinable", ["±15°", "+5°/-12°", "antivol", "à crémaillère"],
            Screens, (19, 119), (0.9m, 7), 90, "83025000", "acier"),
        new("Supports muraux orientables", "Support TV mural orientable", ["simple bras", "double bras", "déporté", "motorisé", "à vérin"],
            Screens, (29, 349), (1.5m, 14), 90, "83025000", "acier"),
        new("Supports plafond", "Support TV plafond", ["fixe", "télescopique", "rabattable", "dos à dos"],
            Screens, (45, 399), (3, 22), 150, "83025000", "acier"),
        new("Pieds de table", "Pied de table TV", ["central", "réglable en hauteur", "pivotant", "verre trempé"],
            Screens, (25, 129), (1.8m, 8), 70, "94039910", "verre et acier"),
        new("Pieds à roulettes", "Pied TV à roulettes", ["avec tablette", "motorisé", "compact", "visioconférence"],
            Screens, (89, 690), (9, 42), 180, "94032080", "acier"),
        new("Supports vidéoprojecteur", "Support vidéoprojecteur", ["plafond universel", "mural courte focale", "à déport réglable"],
            ["10 kg max.", "15 kg max.", "25 kg max."], (29, 229), (1.2m, 7), 90, "83025000", "aluminium"),
        new("Câbles HDMI", "Câble HDMI", ["2.0 4K", "2.1 8K certifié", "haute vitesse avec Ethernet", "fibre active", "coudé"],
            Lengths, (4, 149), (0.05m, 0.9m), 30, "85444290", "cuivre"),
        new("Câbles DisplayPort", "Câble DisplayPort", ["1.4", "2.1", "vers mini DisplayPort", "verrouillable"],
            Lengths, (7, 79), (0.05m, 0.6m), 30, "85444290", "cuivre"),
        new("Câbles VGA et DVI", "Câble", ["VGA mâle/mâle", "VGA mâle/femelle", "DVI-D double liaison", "DVI vers HDMI"],
            Lengths, (4, 39), (0.1m, 1.2m), 30, "85444290", "cuivre"),
        new("Câbles optiques", "Câble audio optique Toslink", ["gaine tressée", "standard", "vers mini Toslink"],
            Lengths, (5, 45), (0.03m, 0.3m), 25, "85447000"),
        new("Câbles RCA et jack", "Câble audio",
            ["2 RCA vers 2 RCA", "jack 3,5 mm mâle/mâle", "jack 3,5 mm vers 2 RCA", "rallonge jack 6,35 mm"],
            Lengths, (3, 59), (0.03m, 0.5m), 25, "85444290", "cuivre"),
        new("Câbles d'enceinte", "Câble d'enceinte", ["2 × 1,5 mm² CCA", "2 × 2,5 mm² OFC", "2 × 4 mm² OFC", "plat adhésif"],
            ["au mètre", "bobine de 10 m", "bobine de 25 m", "bobine de 100 m"], (2, 189), (0.1m, 9), 35, "85444991", "cuivre"),
        new("Cordons RJ45", "Cordon RJ45", ["Cat. 5e U/UTP", "Cat. 6 F/UTP", "Cat. 6A S/FTP", "Cat. 8 S/FTP", "plat Cat. 7"],
            Lengths, (2, 59), (0.02m, 0.8m), 25, "85444210", "cuivre"),
        new("Fibre optique", "Jarretière optique", ["SC/APC monomode", "LC/LC multimode OM4", "SC/UPC vers LC/UPC"],
            Lengths, (6, 69), (0.02m, 0.4m), 20, "85447000"),
        new("Adaptateurs", "Adaptateur",
            ["USB-C vers HDMI 4K", "HDMI vers péritel", "DisplayPort vers VGA", "USB-C vers Ethernet", "HDMI coudé 90°"],
            Colors, (4, 59), (0.01m, 0.12m), 12, "85369010"),
        new("Enceintes Bluetooth", "Enceinte Bluetooth", ["étanche IPX7", "de poche", "à poignée", "stéréo", "lumineuse"],
            Colors, (19, 299), (0.2m, 6), 45, "85182200"),
        new("Barres de son", "Barre de son", ["2.0", "2.1 caisson sans fil", "3.1.2 Dolby Atmos", "compacte"],
            ["60 W", "120 W", "240 W", "400 W"], (59, 790), (1.5m, 13), 110, "85182200"),
        new("Casques et écouteurs", "Casque", ["à réduction de bruit", "TV sans fil", "filaire studio", "pour enfant"],
            Colors, (12, 349), (0.1m, 0.4m), 22, "85183000"),
        new("Casques et écouteurs", "Écouteurs", ["sans fil", "intra-auriculaires", "à conduction osseuse"],
            Colors, (9, 199), (0.02m, 0.1m), 10, "85183000"),
        new("Microphones", "Microphone", ["cravate", "USB à condensateur", "dynamique de scène", "de conférence"],
            Packs[..3], (15, 249), (0.05m, 1.4m), 30, "85181000"),
        new("Antennes et réception TNT", "Antenne", ["intérieure amplifiée", "extérieure UHF", "plate fenêtre", "de camping-car"],
            ["25 dB", "38 dB", "45 dB"], (14, 129), (0.2m, 3), 120, "85291095"),
        new("Antennes et réception TNT", "Décodeur TNT", ["HD simple", "double tuner enregistreur", "format bâton"],
            Packs[..1], (24, 99), (0.1m, 0.7m), 20, "85287119"),
        new("Commutateurs et répartiteurs", "Commutateur HDMI", ["3 entrées", "5 entrées", "matrice 4 × 2", "répartiteur 1 vers 4"],
            ["4K 30 Hz", "4K 60 Hz", "8K 60 Hz"], (14, 289), (0.08m, 1.2m), 25, "85437090"),
        new("Télécommandes", "Télécommande", ["universelle", "grosses touches", "de remplacement", "programmable"],
            Colors[..3], (8, 89), (0.05m, 0.2m), 22, "85269200"),
        new("Multiprises", "Multiprise", ["parafoudre", "à interrupteur", "connectée", "avec 2 ports USB"],
            ["3 prises", "4 prises", "6 prises", "8 prises"], (7, 79), (0.2m, 1.5m), 50, "85366990"),
        new("Chargeurs", "Chargeur", ["secteur USB-C", "à induction Qi2", "allume-cigare", "de bureau multiport"],
            ["20 W", "30 W", "65 W", "100 W", "140 W"], (9, 99), (0.04m, 0.5m), 14, "85044095"),
        new("Piles et batteries", "Piles", ["alcalines AA LR6", "alcalines AAA LR03", "lithium CR2032", "rechargeables AA NiMH"],
            Packs, (2, 39), (0.01m, 0.8m), 15, "85061011"),
        new("Supports d'écran", "Bras support d'écran", ["à vérin à gaz", "double écran", "à pince", "sur colonne"],
            Screens[..4], (25, 249), (1.5m, 9), 80, "83025000", "aluminium"),
        new("Supports de tablette", "Support de tablette", ["mural antivol", "de comptoir", "à col de cygne", "pour appuie-tête"],
            ["7-8\"", "9-11\"", "12-13\""], (12, 159), (0.2m, 4), 60, "83025000", "aluminium"),
        new("Hubs et stations d'accueil", "Station d'accueil USB-C", ["6 en 1", "11 en 1", "double écran 4K", "Thunderbolt 4"],
            Colors[..3], (24, 329), (0.08m, 0.7m), 22, "84718000"),
        new("Gestion des câbles", "Gaine passe-câbles", ["tressée", "auto-adhésive", "spiralée", "à clipser"],
            Lengths[..6], (4, 49), (0.05m, 1.1m), 110, "39172900", "PVC"),
    ];
}

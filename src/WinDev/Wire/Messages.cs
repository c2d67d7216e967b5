using PixeeEvents.Catalog;
using PixeeEvents.EventLog;
using PixeeEvents.Http.Availability;

namespace PixeeEvents.WinDev.Wire;

/// <summary>Every French sentence of the face. The documented ones are exact: accents, the space before a colon, no plural rules.</summary>
internal static class Messages
{
    public const string Status = "WinDev API opérationnelle";
    public const string Found = "Produit trouvé";
    public const string Updated = "Produit mis à jour";
    public const string Activated = "Produit activé";
    public const string Deactivated = "Produit désactivé";

    public const string KeyMissing = "Clé API manquante : en-tête X-API-Key requis";
    public const string KeyInvalid = "Clé API invalide, expirée ou révoquée";
    public const string NoSuchRoute = "Ressource introuvable";
    public const string MethodNotAllowed = "Méthode non autorisée pour cette ressource";
    public const string BodyTooLarge = "Corps de requête trop volumineux : 16 Mio maximum";
    public const string NotJson = "Type de contenu non pris en charge : application/json attendu";
    public const string NotAnArray = "Un tableau JSON est attendu à la racine";
    public const string NotAnObject = "Un objet JSON est attendu à la racine";
    public const string ItemNotAnObject = "L'élément doit être un objet JSON";
    public const string RateLimited = "Limite de requêtes dépassée, réessayez plus tard";
    public const string Braked = "Trop de clés refusées depuis cette adresse, réessayez plus tard";
    public const string UnknownEncoding = "Encodage du corps non pris en charge : gzip, br ou deflate attendu";
    public const string BadEncoding = "Corps compressé illisible";
    public const string BadRequest = "Requête invalide";
    public const string VersionConflict = "Le produit a été modifié entre-temps";
    public const string Busy = "Modification concurrente, réessayez";

    public static string MalformedJson((long Line, long Column)? place) => "JSON invalide" + At(place);

    public static string TooDeep((long Line, long Column)? place) => "JSON imbriqué trop profondément" + At(place);

    private static string At((long Line, long Column)? place) => place is var (line, column) ? $" : ligne {line}, colonne {column}" : "";

    public static string UnknownCharset(string charset) => $"Jeu de caractères non pris en charge : {charset}";

    public static string UnreadableByte(long position, byte value, string charset) =>
        $"Corps illisible : l'octet {position} (0x{value:X2}) n'est pas un caractère en {charset}";

    public const string UnreadableName = "nom de champ illisible : ce n'est pas de l'Unicode";

    public static string Products(long total) => $"{total} produits trouvés";

    public static string NotFound(string reference) => $"Produit introuvable pour la référence : {reference}";

    public static string NotFoundWithoutName(string key) => $"Produit introuvable : {key} (sans name, aucun produit n'est créé)";

    public static string Synced(int created, int updated, int errors) =>
        $"Sync terminé : {created} créés, {updated} mis à jour, {errors} erreurs";

    public static string Stocks(int updated, int notFound, int errors) =>
        $"Stocks : {updated} mis à jour, {notFound} introuvables, {errors} erreurs";

    public static string Prices(int updated, int notFound, int errors) =>
        $"Prix : {updated} mis à jour, {notFound} introuvables, {errors} erreurs";

    public static string Categories(int count) => $"{count} catégories";

    public static string Suppliers(int count) => $"{count} fournisseurs";

    public static string ScopeMissing(string scope) => $"Permission insuffisante : scope {scope} requis";

    public static string BatchTooLarge(int limit) => $"Trop d'éléments : {limit} maximum par appel";

    public static string BadParameter(string name, string rule) => $"Paramètre {name} invalide : {rule}";

    public const string PageRule = "entier ≥ 1 attendu";
    public const string FlagRule = "true ou false attendu";
    public const string TimestampRule = "secondes Unix ≥ 0 attendues";
    public const string CursorRule = "valeur rendue par un appel précédent attendue";
    public const string NoControlCharacters = "caractères de contrôle interdits";
    public const string NotUnicode = "caractère Unicode invalide";

    public static string LimitRule(int max) => $"entier de 1 à {max} attendu";

    public static string TooLong(int max) => $"{max} caractères maximum";

    public static string ServerError(string traceId) => $"Erreur interne (trace {traceId})";

    public static string ForeignHost(string host) => $"Ce serveur ne répond pas au nom « {host} »";

    /// <param name="mayHaveWritten">Sending the same values again changes nothing, so that is the advice.</param>
    public static string Unavailable(Outage outage, bool mayHaveWritten) => (outage switch
    {
        Outage.Away => "Base de données injoignable",
        Outage.Full => "Base de données saturée ou en panne de disque",
        Outage.Crowded => "Plus aucune connexion libre à la base de données",
        Outage.Slow => "La base de données ne répond pas à temps",
        Outage.Locked => "Données verrouillées par un autre traitement",
        _ => "Trop d'écritures de cette société en attente",
    }) + (mayHaveWritten ? " : l'appel a peut-être été enregistré, renvoyez-le plus tard" : ", réessayez plus tard");

    public static string Required(string field) => $"{field} : champ obligatoire";

    public static string UnknownField(string field) => $"{field} : champ inconnu";

    public static string UnknownSupplier(string code) => $"supplier_code : fournisseur inconnu ({code})";

    public static string KeyTaken(string field) => $"{field} : déjà utilisé par un autre produit";

    public const string UnreachableReference = "reference : « . » et « .. » sont interdits, aucune adresse ne les porte";
    public const string KeyRequired = "reference ou ean : l'un des deux est obligatoire";
    public const string BadStatus = "status : active ou inactive attendu";
    public const string PriceRequired = "price_ht ou price_ttc : l'un des deux est obligatoire";

    /// <summary>What a module's no is called here.</summary>
    public static string Refused(Refusal refusal) => refusal.Code switch
    {
        "key_required" => KeyRequired,
        "name_required" => Required(ProductFields.Name),
        ProductFields.UnreachableReference => UnreachableReference,
        "negative_stock" => "stock : doit être positif ou nul",
        "negative_price" => "prix : doit être positif ou nul",
        "tax_rate_out_of_range" => "tax_rate : doit être compris entre 0 et 100",
        _ => $"refusé ({refusal.Code})",
    };

    public static string Problem(ProductField field, FieldProblem problem) => field.Name + " : " + problem switch
    {
        FieldProblem.NotText => "texte attendu",
        FieldProblem.ControlCharacters => NoControlCharacters,
        FieldProblem.NotUnicode => NotUnicode,
        FieldProblem.TooLong => TooLong(field.MaxLength),
        FieldProblem.NotEan => "8 à 14 chiffres attendus",
        FieldProblem.NotCountry => "code pays ISO 3166-1 alpha-2 attendu",
        FieldProblem.NotDate => "date AAAA-MM-JJ attendue",
        FieldProblem.NotInteger => "nombre entier attendu",
        FieldProblem.NotNumber => "nombre attendu",
        FieldProblem.NumberTooLarge => "nombre trop grand",
        FieldProblem.TooManyDecimals => "6 décimales maximum",
        FieldProblem.OutOfRange => $"doit être compris entre {field.Min} et {field.Max}",
        FieldProblem.NotBoolean => "booléen attendu",
        FieldProblem.NotDocument => "objet JSON attendu",
        FieldProblem.Required => "champ obligatoire",
        _ => "valeur invalide",
    };
}

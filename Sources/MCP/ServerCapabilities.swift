public import JSON

/// What a server declares it can do, said differently on the two wires.
///
/// Methods of a family that is not declared answer -32601.
public struct ServerCapabilities: Sendable, Hashable {
    /// A family of methods.
    public enum Family: String, Sendable, Hashable, CaseIterable {
        case tools, resources, prompts, completions
    }

    /// What is served, declared in the order of ``Family``.
    public var families: Set<Family>
    /// Families whose lists change while clients watch; only streams of the modern wire carry the news.
    public var listChanged: Set<Family>
    /// Whether single resources can be watched.
    public var watchesResources: Bool
    /// Extensions of the modern wire, by identifier.
    public var extensions: JSONObject

    /// Makes a declaration.
    public init(
        families: Set<Family> = [.tools], listChanged: Set<Family> = [], watchesResources: Bool = false,
        extensions: JSONObject = [:]
    ) {
        self.families = families
        self.listChanged = listChanged
        self.watchesResources = watchesResources
        self.extensions = extensions
    }

    /// Whether there is anything a stream could tell.
    public var canListen: Bool { watchesResources || !listChanged.isEmpty }

    /// The declaration of one wire: handshake clients get the families alone, since nothing can be pushed to them.
    func json(isModern: Bool) -> JSONObject {
        var object: JSONObject = [:]
        for family in Family.allCases where families.contains(family) {
            var traits: JSONObject = [:]
            if isModern, family == .resources, watchesResources { traits["subscribe"] = true }
            if isModern, listChanged.contains(family) { traits["listChanged"] = true }
            object[family.rawValue] = .object(traits)
        }
        if isModern, !extensions.isEmpty { object["extensions"] = .object(extensions) }
        return object
    }
}

/// What the client of one request declares it can do; nothing of it is remembered.
public struct ClientCapabilities: Sendable, Hashable {
    /// As declared; empty on the legacy wire.
    public var json: JSONObject

    /// Reads a declaration.
    public init(_ json: JSONObject = [:]) { self.json = json }

    /// Whether its user can be asked by a form: an empty declaration means forms, one that names other modes alone does not.
    public var showsForms: Bool {
        guard let elicitation = json["elicitation"]?.objectValue else { return false }
        return elicitation.isEmpty || elicitation["form"]?.objectValue != nil
    }
    /// Whether it can have a model answer.
    public var samples: Bool { json["sampling"]?.objectValue != nil }
    /// Whether it can name its roots.
    public var listsRoots: Bool { json["roots"]?.objectValue != nil }
    /// Whether a slow call may be answered by a task.
    public var takesTasks: Bool { json["extensions"]?[TaskExtension.identifier]?.objectValue != nil }
}

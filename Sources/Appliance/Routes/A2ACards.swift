package import A2A
import Access
import HTTPServer
import JSON
import Synchronization
import TenantStore

/// What the agent of this box says about itself where a composition does not change it.
package struct AgentProfile: Sendable {
    /// Whether answers can be streams.
    package var streams = true
    /// Whether there is an extended card.
    package var hasExtendedCard = true
    /// Extensions of the protocol that skills know.
    package var extensions: [AgentCard.Extension] = []

    /// The profile of the product.
    package init() {}
}

/// The agent's cards: written and signed once for as long as what they say stays the same.
final class AgentCards: Sendable {
    /// One form of the public card, ready to be sent.
    struct Page: Sendable {
        let body: [UInt8]
        let entityTag: String
        let lastModified: String
    }

    private struct Written {
        let card: AgentCard
        let pages: [CardForm: Page]
    }

    private let keys: CardKeys
    private let written = Mutex<Written?>(nil)

    init(keys: CardKeys) { self.keys = keys }

    /// The public card in one form.
    func page(_ form: CardForm, of appliance: SearchAppliance) throws -> Page {
        let card = Self.card(of: appliance, extended: false)
        let known = written.withLock { $0?.card == card ? $0?.pages : nil }
        let pages = try known ?? write(card, keySet: appliance.keySetURL)
        guard let page = pages[form] else { throw ApplianceError.internalFault("a card in no form") }
        return page
    }

    private func write(_ card: AgentCard, keySet: String) throws -> [CardForm: Page] {
        let signature = try sign(card, keySet: keySet)
        let lastModified = HTTPDate.text(ofSeconds: Timestamp.now.seconds)
        var pages: [CardForm: Page] = [:]
        for form in CardForm.allCases {
            // A signature differs each time it is made; the tag is of what the card says.
            let tag = Digest.base64URL(Digest.sha256(card.json(form).encoded()).prefix(16))
            pages[form] = Page(
                body: card.json(form, signature: signature).encoded(), entityTag: "\"\(tag)\"",
                lastModified: lastModified)
        }
        written.withLock { [pages] in $0 = Written(card: card, pages: pages) }
        return pages
    }

    /// The card for callers with a credential: all skills.
    /// - Throws: `A2AError.unsupportedOperation` where there is none.
    func extended(_ version: A2AVersion, of appliance: SearchAppliance) throws -> JSONObject {
        guard appliance.composition.agent.hasExtendedCard else {
            throw A2AError.unsupportedOperation("this agent has no extended card; its card says so")
        }
        let card = Self.card(of: appliance, extended: true)
        return card.json(version == .v0_3 ? .old : .current, signature: try sign(card, keySet: appliance.keySetURL))
    }

    private func sign(_ card: AgentCard, keySet: String) throws -> CardSignature {
        guard let payload = card.signedBytes else { throw ApplianceError.internalFault("a card that cannot be signed") }
        let header = Digest.base64URL(CardSignature.header(keyID: keys.signingKeyID, keySet: keySet))
        let signature = try keys.sign(Array("\(header).\(Digest.base64URL(payload))".utf8))
        return CardSignature(protected: header, signature: Digest.base64URL(signature))
    }

    private static func card(of appliance: SearchAppliance, extended: Bool) -> AgentCard {
        let base = appliance.baseURL.description
        let profile = appliance.composition.agent
        let skills = appliance.composition.skills.filter { extended || $0.isPublic }.map(\.card)
        return AgentCard(
            name: "Carrel",
            description:
                "Searches the documents of its tenant by words and by meaning, and answers from them with citations.",
            version: SearchAppliance.version,
            interfaces: [
                AgentCard.Interface(url: base + "/a2a/v1", binding: "JSONRPC", version: .v1_0),
                AgentCard.Interface(url: base + "/a2a/rest", binding: "HTTP+JSON", version: .v1_0),
                AgentCard.Interface(url: base + "/a2a/v1", binding: "JSONRPC", version: .v0_3),
                AgentCard.Interface(url: base + "/a2a/rest", binding: "HTTP+JSON", version: .v0_3),
            ],
            capabilities: AgentCard.Capabilities(
                streaming: profile.streams, pushNotifications: appliance.tasks.pushes,
                extendedAgentCard: profile.hasExtendedCard, extensions: profile.extensions),
            security: AgentCard.Bearer(scopes: ["search"]), inputModes: AgentSkill.defaultInputModes,
            outputModes: AgentSkill.defaultOutputModes, skills: skills)
    }
}

extension SearchAppliance {
    fileprivate var keySetURL: String { "\(baseURL)/.well-known/jwks.json" }
}

/// The public cards.
enum AgentCardRoutes {
    /// What a request wants of a card.
    struct Wanted: Sendable {
        var form: CardForm
        /// `If-None-Match`.
        var entityTags: [String]
        /// `If-Modified-Since`.
        var since: String?
    }

    /// At the root: both versions at once, or the one that `A2A-Version` names.
    static func readRoot(_ exchange: Exchange) async throws -> Wanted {
        switch exchange.request.headers["A2A-Version"].flatMap({ A2AVersion(negotiating: $0) }) {
        case .v1_0: wanted(.current, exchange)
        case .v0_3: wanted(.old, exchange)
        case nil: wanted(.hybrid, exchange)
        }
    }

    static func readCurrent(_ exchange: Exchange) async throws -> Wanted { wanted(.current, exchange) }

    static func readOld(_ exchange: Exchange) async throws -> Wanted { wanted(.old, exchange) }

    private static func wanted(_ form: CardForm, _ exchange: Exchange) -> Wanted {
        let headers = exchange.request.headers
        let tags = headers.values("If-None-Match").flatMap { $0.split(separator: ",") }.map { tag in
            let tag = tag.filter { $0 != " " && $0 != "\t" }
            return tag.hasPrefix("W/") ? String(tag.dropFirst(2)) : tag
        }
        return Wanted(form: form, entityTags: tags, since: headers["If-Modified-Since"])
    }

    static func answer(_ appliance: SearchAppliance, _ context: RequestContext, _ wanted: Wanted) async throws
        -> HTTPResponse
    {
        let page = try appliance.agentCards.page(wanted.form, of: appliance)
        var headers: HTTPHeaders = [
            "Cache-Control": "public, max-age=300", "ETag": page.entityTag, "Last-Modified": page.lastModified,
            "Vary": "A2A-Version", "Access-Control-Allow-Origin": "*",
        ]
        // A tag rules over a time (RFC 9110, section 13.1.3).
        let isKnown =
            wanted.entityTags.isEmpty
            ? wanted.since == page.lastModified
            : wanted.entityTags.contains { $0 == "*" || $0 == page.entityTag }
        if isKnown { return HTTPResponse(status: 304, headers: headers) }
        headers.set("Content-Type", "application/json")
        return HTTPResponse(headers: headers, body: .bytes(page.body))
    }
}

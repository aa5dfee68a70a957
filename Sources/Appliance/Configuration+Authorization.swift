import Access
import JSON

extension Configuration {
    /// The keys under `auth`, but for `auth.refusals_per_minute`.
    static let authorizationSettings: [Setting] = [
        .text(
            "auth.mode", AuthorizationSettings.Mode.allCases.map(\.rawValue).joined(separator: " | "), word: "MODE",
            help: "who gives credentials: token, this box; oidc, an identity provider too (default token)",
            kind: .oneOf(AuthorizationSettings.Mode.allCases.map(\.rawValue))
        ) { configuration, text in
            guard let mode = AuthorizationSettings.Mode(rawValue: text) else { return false }
            configuration.authorization.mode = mode
            return true
        },
        .names(
            "auth.oidc.issuers", "a list of https:// addresses", word: "URLS",
            help: "the identity providers, each exactly as its tokens' iss, separated by commas"
        ) { configuration, names in
            configuration.authorization.rules.issuers = names
            return (1...16).contains(names.count)
        },
        .names(
            "auth.oidc.audiences", "a list of texts", word: "NAMES",
            help: "what a token's aud may hold beside PUBLIC-URL/mcp, separated by commas"
        ) { configuration, names in
            configuration.authorization.rules.audiences = Set(names)
            return names.allSatisfy { !$0.isEmpty }
        },
        .text(
            "auth.oidc.tenant_claim", "a claim's name", word: "CLAIM",
            help: "the claim that names the tenant; a.b is b inside of a (default tenant_id)"
        ) { configuration, name in
            configuration.authorization.rules.tenantClaim = name
            return !name.isEmpty
        },
        .json(
            "auth.oidc.tenants", "an object of claim values and tenant names",
            help: "values of that claim and their tenants, as {\"VALUE\": \"TENANT\"}; then no other value means one"
        ) { configuration, object in
            var tenants: [String: String] = [:]
            for (value, tenant) in object.members {
                guard let name = tenant.stringValue, (try? TenantName(name)) != nil else { return false }
                tenants[value] = name
            }
            configuration.authorization.rules.tenants = tenants
            return true
        },
        .text(
            "auth.oidc.user_claim", "a claim's name", word: "CLAIM", help: "the claim that names the user (default sub)"
        ) { configuration, name in
            configuration.authorization.rules.userClaim = name
            return !name.isEmpty
        },
        .json(
            "auth.oidc.grants",
            "an object of claims, their values and scopes: {\"groups\": {\"writers\": \"search write\"}}",
            help: "scopes for groups, roles or client ids, as {\"CLAIM\": {\"VALUE\": \"search write\"}}"
        ) { configuration, object in
            guard let grants = Self.grants(object) else { return false }
            configuration.authorization.rules.grants = grants
            return true
        },
        .text(
            "auth.oidc.default_scopes", "search, write, admin or audit, separated by spaces or commas", word: "LIST",
            help: "scopes of a token that names none and matches no grant (default none)"
        ) { configuration, text in
            guard let scopes = try? ScopeSet(parsing: text), !scopes.contains(.operator) else { return false }
            configuration.authorization.rules.defaultScopes = scopes
            return true
        },
        .text(
            "auth.oidc.scope_prefix", "what stands before a scope's name", word: "TEXT",
            help: "what stands before a scope's name at the provider, such as api://carrel/"
        ) { configuration, text in
            configuration.authorization.rules.scopePrefix = text
            return Self.isScopeText(text)
        },
        .names(
            "auth.oidc.ask_for", "a list of scopes", word: "NAMES",
            help: "what clients are told to ask the provider for, separated by commas (default PREFIXsearch)"
        ) { configuration, names in
            configuration.authorization.askFor = names
            return names.allSatisfy { !$0.isEmpty && Self.isScopeText($0) }
        },
        .text(
            "auth.oidc.cacert", "the path of a PEM file", word: "FILE",
            help: "certificates to trust instead of the system's when the provider's keys are fetched", kind: .file
        ) { configuration, path in
            configuration.authorization.authorities = path
            return !path.isEmpty
        },
        .flag("auth.oidc.loopback_http", help: "let the provider be http://127.0.0.1: for tests only") {
            $0.authorization.allowsLoopbackHTTP = $1
        },
    ]

    private static func grants(_ object: JSONObject) -> [String: [String: ScopeSet]]? {
        var grants: [String: [String: ScopeSet]] = [:]
        for (claim, values) in object.members {
            guard !claim.isEmpty, let values = values.objectValue else { return nil }
            for (value, scopes) in values.members {
                guard let text = scopes.stringValue, let scopes = try? ScopeSet(parsing: text),
                    !scopes.contains(.operator)
                else { return nil }
                grants[claim, default: [:]][value] = scopes
            }
        }
        return grants
    }

    /// What may stand in a scope (RFC 6749 section 3.3), and so between the quotes of a challenge.
    private static func isScopeText(_ text: String) -> Bool {
        text.utf8.count <= 256
            && text.utf8.allSatisfy {
                (0x21...0x7E).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
            }
    }
}

extension Configuration.Setting {
    /// An object in the file, the same as JSON text elsewhere.
    static func json(
        _ key: String, _ expects: String, help: String,
        _ apply: @escaping @Sendable (inout Configuration, JSONObject) -> Bool
    ) -> Self {
        Self(
            key: key, expects: expects, help: help, word: "JSON",
            apply: { configuration, value in value.objectValue.map { apply(&configuration, $0) } ?? false },
            parse: { try? JSONValue(parsing: Array($0.utf8)) })
    }
}

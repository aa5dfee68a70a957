extension Configuration {
    /// What concerns searches of every tenant.
    static let searchSettings: [Setting] = [
        .text(
            "search.fusion", SearchRequest.Fusion.allCases.map(\.rawValue).joined(separator: " | "), word: "HOW",
            help:
                "how the rankings by words and by meaning are joined where neither request nor collection say it: rrf, "
                + "minmax or calibrated (default rrf)",
            kind: .oneOf(SearchRequest.Fusion.allCases.map(\.rawValue))
        ) { configuration, text in
            guard let fusion = SearchRequest.Fusion(rawValue: text) else { return false }
            configuration.fusion = fusion
            return true
        },
        .text(
            "search.rerank.url", "an https:// address, or http:// on this machine", word: "URL",
            help: "the rerank endpoint, in the form of Cohere and Jina: its whole address, https or on this machine "
                + "(default: none)"
        ) { configuration, text in
            configuration.rerank.url = text
            return RerankSettings.isTrustworthy(text)
        },
        .text(
            "search.rerank.model", "the name of a model", word: "NAME", help: "the model that endpoint is asked for"
        ) { configuration, name in
            configuration.rerank.model = name
            return !name.isEmpty
        },
        .text(
            "search.rerank.key_file", "the path of a file", word: "FILE",
            help: "that endpoint's key, in a file only its owner can read", kind: .file
        ) { configuration, path in
            configuration.rerank.keyFile = path
            return !path.isEmpty
        },
        .text(
            "search.rerank.cacert", "the path of a PEM file", word: "FILE",
            help: "PEM certificates to trust for that endpoint instead of the system's", kind: .file
        ) { configuration, path in
            configuration.rerank.authorities = path
            return !path.isEmpty
        },
        .whole(
            "search.rerank.timeout_ms", RerankSettings.timeoutRange,
            help: "milliseconds that endpoint has to answer (default 1000)"
        ) { $0.rerank.timeout = .milliseconds($1) },
        .whole(
            "search.rerank.documents", RerankSettings.documentRange,
            help: "documents it is asked about for one search (default 50)"
        ) { $0.rerank.documents = $1 },
    ]
}

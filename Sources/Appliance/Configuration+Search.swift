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
        }
    ]
}

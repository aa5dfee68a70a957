/// The words of 0.3 for what 1.0 writes in capitals.
extension TaskState {
    /// As the version spells it: `TASK_STATE_INPUT_REQUIRED`, `input-required`.
    func name(in version: A2AVersion) -> String {
        switch version {
        case .v1_0: rawValue
        case .v0_3: String(rawValue.dropFirst("TASK_STATE_".utf8.count)).lowercased().replacing("_", with: "-")
        }
    }

    init?(_ name: String, in version: A2AVersion) {
        guard let state = Self.allCases.first(where: { $0.name(in: version) == name }) else { return nil }
        self = state
    }
}

extension MessageRole {
    func name(in version: A2AVersion) -> String {
        switch (version, self) {
        case (.v1_0, _): rawValue
        case (.v0_3, .user): "user"
        case (.v0_3, .agent): "agent"
        }
    }

    init?(_ name: String, in version: A2AVersion) {
        guard let role = [Self.user, .agent].first(where: { $0.name(in: version) == name }) else { return nil }
        self = role
    }
}

/// The words of 0.3 for what 1.0 writes in capitals.
extension TaskState {
    /// As it is spelled: `TASK_STATE_INPUT_REQUIRED`, `input-required`.
    func name(in spelling: WireSpelling) -> String {
        switch spelling {
        case .v1_0: rawValue
        // The definition of 0.3 has one word with two Ls.
        case .v0_3REST: self == .canceled ? "TASK_STATE_CANCELLED" : rawValue
        case .v0_3: String(rawValue.dropFirst("TASK_STATE_".utf8.count)).lowercased().replacing("_", with: "-")
        }
    }

    init?(_ name: String, in spelling: WireSpelling) {
        guard let state = Self.allCases.first(where: { $0.name(in: spelling) == name }) else { return nil }
        self = state
    }
}

extension MessageRole {
    func name(in spelling: WireSpelling) -> String {
        switch (spelling, self) {
        case (.v1_0, _), (.v0_3REST, _): rawValue
        case (.v0_3, .user): "user"
        case (.v0_3, .agent): "agent"
        }
    }

    init?(_ name: String, in spelling: WireSpelling) {
        guard let role = [Self.user, .agent].first(where: { $0.name(in: spelling) == name }) else { return nil }
        self = role
    }
}

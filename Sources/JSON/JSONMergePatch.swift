extension JSONObject {
    /// This object with a JSON Merge Patch applied (RFC 7396): `null` removes a member, objects are merged member by
    /// member, anything else takes the place of what was there.
    public func merging(_ patch: JSONObject) -> JSONObject {
        var result = self
        for (name, value) in patch.members {
            switch value {
            case .null: result[name] = nil
            case .object(let inner):
                result[name] = .object((result[name]?.objectValue ?? JSONObject()).merging(inner))
            default: result[name] = value
            }
        }
        return result
    }
}

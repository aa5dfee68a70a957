extension StoreError {
    /// Gives `body`, which throws nothing else, its typed error back after passing through an untyped closure.
    static func only<T>(_ body: () throws -> T) throws(StoreError) -> T {
        do {
            return try body()
        } catch let error as StoreError {
            throw error
        } catch {
            preconditionFailure("a store closure threw \(error)")
        }
    }
}

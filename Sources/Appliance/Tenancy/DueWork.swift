/// Work that runs once at a time, and once more when something changed meanwhile: a value that says who starts and who
/// goes on.
struct DueWork: Sendable {
    private var isRunning = false
    /// Something changed while it ran: look again before ending.
    private var isDue = false
    private(set) var isStopped = false

    /// Something changed.
    ///
    /// - Returns: Whether the caller must start the work.
    mutating func starts() -> Bool {
        guard !isStopped else { return false }
        isDue = true
        guard !isRunning else { return false }
        isRunning = true
        return true
    }

    /// Whether there is a round to do, which counts as begun; otherwise the work has ended.
    mutating func goesOn() -> Bool {
        isRunning = isDue && !isStopped
        isDue = false
        return isRunning
    }

    /// Nothing starts or goes on from now on.
    mutating func stop() { isStopped = true }
}

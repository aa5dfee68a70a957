/// How much of everything there can be.
package struct TaskLimits: Sendable, Equatable {
    /// Tasks of one user that are not over.
    package var openTasksPerUser = 1_000
    /// Messages in one task's history.
    package var messagesPerTask = 1_000
    /// Events of one task; the one that ends it always fits.
    package var eventsPerTask = 10_000
    /// Bytes of one task's events and messages together.
    package var bytesPerTask: Int64 = 32 << 20
    /// Bytes of one event, such as an artifact sent at once.
    package var bytesPerEvent = 16 << 20
    /// Tasks whose artifacts a message may refer to; more are not read.
    package var referencesPerMessage = 16
    /// Bytes of tasks on one page of a list; a page has at least one task.
    package var bytesPerPage: Int64 = 32 << 20
    /// How often a task is begun anew after the process ended under it.
    package var restarts = 3
    /// How long an idempotency key is remembered, in milliseconds.
    package var idempotencyMilliseconds: Int64 = 86_400_000

    /// The defaults.
    package init() {}
}

/// The loop of one thread of a service.
struct EmbeddingWorker {
    let model: MiniLM
    let queue: EmbeddingQueue
    let lane: EmbeddingLane

    /// Works until the lane is closed.
    func run() {
        let scratch = model.makeScratch()
        while let job = queue.next(lane) {
            queue.finish(job, answer(job, scratch))
        }
    }

    private func answer(_ job: EmbeddingJob, _ scratch: MiniLMScratch) -> Result<[Embedded], EmbeddingError> {
        do throws(EmbeddingError) {
            let results = try model.embed(job.texts, scratch: scratch) { () throws(EmbeddingError) in
                let isWanted = lane == .passage ? queue.pause(for: job) : queue.isWanted(job)
                if !isWanted { throw .cancelled }
            }
            return .success(results)
        } catch {
            return .failure(error)
        }
    }
}

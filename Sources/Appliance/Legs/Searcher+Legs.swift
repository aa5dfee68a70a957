import HNSW
import IndexCore
import TenantStore

extension Searcher {
    /// Tells the alarm how far the two rankings of a search agree: at once where calibrated fusion has the numbers, else
    /// for a share of the searches, on a thread of its own.
    func noteAgreement(of legs: Legs, in collection: CollectionSnapshot, _ space: SpaceSnapshot?, _ vector: [Float]?) {
        guard let watch, request.mode == .hybrid, let space, let vector, let keyword = legs.keyword, !keyword.isEmpty,
            legs.vector?.isEmpty == false, space.settings.parameters.metric == .cosine
        else { return }
        let place = AgreementAlarm.Place(collection: collection.record.id, space: space.name)
        if let calibration = legs.calibration {
            if let agreement = calibration.agreement { watch.note(agreement, of: place) }
        } else if watch.alarm.takesNext() {
            watch.take(
                AgreementSample(
                    place: place, space: space, live: collection.live, query: vector,
                    passages: keyword.prefix(AgreementAlarm.depth).map(\.passage)))
        }
    }
}

"""Documents of two tenants that share a theme and no words that give one away."""

ALDER = [
    {"id": "alder-payroll", "title": "Zanzibar payroll", "text": "The Zanzibar office pays salaries on the ninth of each month through Quillbank.",
     "metadata": {"owner": "Marigold"}},
    {"id": "alder-merger", "title": "Merger with Obsidian", "text": "Obsidian will be acquired for forty million; the term sheet is secret until March.",
     "metadata": {"owner": "Marigold"}},
    {"id": "alder-backup", "title": "Backup rota", "text": "Tapes leave the vault every Tuesday. Restore drills take place in the Zanzibar annex."},
    {"id": "shared-id", "title": "Alder's own", "text": "This text with the word tourmaline belongs to the first tenant."},
]

BIRCH = [
    {"id": "birch-garden", "title": "Garden calendar", "text": "Prune the roses in February and sow beans after the last frost."},
    {"id": "birch-backup", "title": "Backup of photographs", "text": "Copies of the pictures go to two disks, one of them at the neighbour's."},
    {"id": "birch-salary", "title": "Salaries of the gardeners", "text": "Gardeners are paid each Friday, in cash, against a receipt."},
    {"id": "shared-id", "title": "Birch's own", "text": "This text with the word amethyst belongs to the second tenant."},
]

#: Words that stand in the first tenant's documents alone.
SECRETS = ["Zanzibar", "Quillbank", "Obsidian", "Marigold", "tourmaline", "forty million", "alder-"]

import server_scenes as scene
from api_client import program

def test_first(sqlite):
    boss = scene.account("boss", is_manager=True)
    p = program(boss)
    print(p.get("/me"))
    made = p.post("/projects", {"name": "A", "template": "graded_relevance", "pools": [{"name": "main", "overlap": 1, "page_mix": {"real": 2}}]})
    pool = made["pools"][0]["id"]
    print(p.get(f"/pools/{pool}"))
    print(p.post(f"/pools/{pool}/tasks", {"tasks": [{"query": f"q{i}", "title": "x", "key": f"k{i}"} for i in range(4)]}))
    print(p.get(f"/pools/{pool}/projection"))
    p.post(f"/pools/{pool}/status", {"status": "open"})
    ann = scene.account("ann")
    from palate.server.accounts.models import Membership
    from palate.server.projects.models import Project
    Membership.objects.create(account=ann, project=Project.objects.get(), role="annotator")
    a = program(ann)
    print(a.get("/work"))
    page = a.post(f"/pools/{pool}/claim")
    import json; print(json.dumps(page, indent=1)[:3000])
    print(a.post(f"/pages/{page['id']}/submit", {"answers": {"0": "relevant", "1": "irrelevant"}}))
    print(p.get(f"/pools/{pool}/answers"))
    r = p.send("GET", f"/pools/{pool}/answers/export?format=jsonl"); print(b"".join(r.streaming_content).decode())
    print(p.get(f"/pools/{pool}/events")["items"][-1])
    print(p.get(f"/pools/{pool}/ledger"))
    print(p.refused("POST", f"/pools/{pool}/tasks", {"tasks": [{"query": 1}]}))
    print(p.refused("POST", "/projects", {"name": "A", "templat": "x", "pools": [{"kind": "x"}]}))
    assert 0

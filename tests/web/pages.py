def shown(client, url):
    """The page, its white space made one."""
    response = client.get(url)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())

[ -z "$(ss -Htln sport = :7000)" ]

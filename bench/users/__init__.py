"""What bench_users.py needs: our list of users and django.contrib.admin's, each in a process of its own."""

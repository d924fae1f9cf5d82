"""The library of the course: every class here is the final form of something that a lesson built.

The first import chooses how many threads torch works with; see `course_utils.threads`.
"""

from course_utils import threads

threads.choose()

"""Exercises of lesson 09, "Predict the next frames": its measures and losses, moving, the rollout.

    PSNR(x, y) = 10 log10( R^2 / MSE(x, y) )                                              (Eq. 9.1)
    SSIM(x, y) = light(x, y) texture(x, y)                                                (Eq. 9.2)
    (move x)[y, x] = sum_dy sum_dx down[dy] across[dx] x[y + dy, x + dx]                  (Eq. 9.8)
    rollout: x_hat_t+1 = f(x_0 .. x_c, x_hat_c+1 .. x_hat_t)                              (Eq. 9.10)

The references are written out with a switch for every mistake, so that two at once are found too.
"""

from course_utils.exercises.lesson09.futures import FUTURES
from course_utils.exercises.lesson09.glide import GLIDE
from course_utils.exercises.lesson09.moving import MOVE
from course_utils.exercises.lesson09.psnr import PSNR
from course_utils.exercises.lesson09.rollout import ROLLOUT
from course_utils.exercises.lesson09.ssim import SSIM

EXERCISES = (PSNR, SSIM, FUTURES, MOVE, ROLLOUT, GLIDE)

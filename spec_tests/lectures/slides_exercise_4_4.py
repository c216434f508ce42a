"""Exercise 4-4 of the slides, worked: gradients of a quadratic model by hand.

The model is x**2 * w2 + x * w1 + b, the loss its squared distance from y. The slides give no numbers; here x = 2, y =
1, w2 = 0.5, w1 = -1, b = 3. Gate by gate, from the loss down; slides_exercise_4_5.py asks PyTorch for the same.
"""

x, y = 2.0, 1.0
w2, w1, b = 0.5, -1.0, 3.0

# Forward.
square = x * x
quadratic = square * w2
linear = x * w1
y_hat = quadratic + linear + b
s = y_hat - y
loss = s * s
print("x**2 * w2:", quadratic, " x * w1:", linear, " y_hat:", y_hat, " s:", s, " loss:", loss)

# Backward: the square doubles, the difference and the sums pass on, the products exchange their inputs.
d_s = 2 * s
d_y_hat = d_s * 1
d_quadratic = d_y_hat * 1
d_linear = d_y_hat * 1
print("dloss/dy_hat:", d_y_hat)
print("dloss/dw1:", d_linear * x)
print("dloss/dw2:", d_quadratic * square)
print("dloss/db:", d_y_hat * 1)

"""한국어: what losses, optimizers and regularizers say of themselves in Korean, by what they say in English."""

from __future__ import annotations

RULES: dict[str, str] = {
    # losses
    "The binary cross-entropy times a power of the probability that was missed: what is easy counts little.": (
        "이진 교차 엔트로피에, 놓친 확률의 거듭제곱을 곱합니다. 쉬운 것은 작게 반영합니다."
    ),
    "By the product rule, of the cross-entropy and of the power of what was missed": (
        "곱의 미분법에 따라, 교차 엔트로피와 놓친 확률의 거듭제곱을 미분한 것입니다"
    ),
    "The short way: the product rule with the cross-entropy's slope, which is prediction minus target": (
        "짧은 길: 곱의 미분법을 쓰며, 교차 엔트로피의 기울기는 예측값에서 정답을 뺀 것입니다"
    ),
    "The cross-entropy times a power of the probability that was missed: what is easy counts little.": (
        "교차 엔트로피에, 놓친 확률의 거듭제곱을 곱합니다. 쉬운 것은 작게 반영합니다."
    ),
    "By the product rule, of the logarithm and of the power of what was missed": (
        "곱의 미분법에 따라, 로그와 놓친 확률의 거듭제곱을 미분한 것입니다"
    ),
    "The short way, through softmax: what pulls at each logit, less its share in what pulls at all": (
        "softmax를 거치는 짧은 길: 각 로짓을 당기는 것에서, 전체를 당기는 것 가운데 그 몫을 뺍니다"
    ),
    "A power in place of the logarithm: an answer that seems impossible costs 1/q at most.": (
        "로그 대신 거듭제곱을 씁니다. 불가능해 보이는 정답도 손실이 1/q를 넘지 않습니다."
    ),
    "The derivative of p^q is q·p^(q-1)": "p^q의 도함수는 q·p^(q-1)입니다",
    "Nothing is lost where the right class's score is above the best of the others by 1 or more.": (
        "정답 클래스의 점수가 나머지 중 가장 높은 점수보다 1 이상 높으면 손실이 없습니다."
    ),
    "The right class's score counts -1, the best other's 1": (
        "정답 클래스의 점수는 -1, 나머지 중 가장 높은 점수는 1로 칩니다"
    ),
    "Only the direction counts: -1 where prediction and target point the same way, whatever their lengths.": (
        "방향만이 중요합니다. 길이와 상관없이 예측과 정답의 방향이 같으면 -1입니다."
    ),
    "What turns p towards y, and does not lengthen it": "p를 늘리지 않으면서 y 쪽으로 돌리는 것입니다",
    "The cross-entropy less what cannot be helped: 0 if the predicted probabilities are the true ones.": (
        "교차 엔트로피에서 줄일 수 없는 만큼을 뺀 것입니다. 예측한 확률이 참값과 같으면 0입니다."
    ),
    "The derivative of -y·log p is -y/p": "-y·log p의 도함수는 -y/p입니다",
    "Squared where the error is small, a straight line where it is large, and smooth everywhere.": (
        "오차가 작으면 제곱, 크면 직선이고, 어디서나 매끄럽습니다."
    ),
    "The derivative of log(cosh(e)) is tanh(e)": "log(cosh(e))의 도함수는 tanh(e)입니다",
    "The distance as a percentage of the target: an error of 1 counts more where the target is small.": (
        "거리를 정답에 대한 백분율로 나타냅니다. 정답이 작을수록 같은 오차를 더 크게 칩니다."
    ),
    "Logarithms make ratios of differences: 10 for 5 counts about as much as 1000 for 500.": (
        "로그는 비를 차로 바꿉니다. 5를 10으로 예측한 것과 500을 1000으로 예측한 것을 비슷하게 봅니다."
    ),
    "The derivative of a square is twice what is squared, that of log(1 + p) is 1/(1 + p)": (
        "제곱의 도함수는 제곱한 것의 2배이고, log(1 + p)의 도함수는 1/(1 + p)입니다"
    ),
    "How unlikely it is that y events happen where p are expected: least where p is y.": (
        "p번 일어나리라 예상되는 일이 y번 일어나기가 얼마나 어려운지를 나타냅니다. p가 y일 때 가장 작습니다."
    ),
    "The derivative of p - y·log p is 1 - y/p": "p - y·log p의 도함수는 1 - y/p입니다",
    "As the hinge, but what lies far on the wrong side counts more. (A label 0 means -1.)": (
        "힌지와 같지만, 틀린 쪽으로 멀리 있을수록 크게 반영합니다. (정답 0은 -1을 뜻합니다.)"
    ),
    "The derivative of (1 - y·p)² is -2·y·(1 - y·p); where nothing is lost it is 0": (
        "(1 - y·p)²의 도함수는 -2·y·(1 - y·p)이고, 손실이 없는 곳에서는 0입니다"
    ),
    "Minus the log of the probability that was given to what happened.": (
        "실제로 일어난 일에 부여한 확률의 로그에 음의 부호를 붙인 것입니다."
    ),
    "The derivative of a row's loss": "한 행의 손실을 미분한 것입니다",
    "Minus the log of the probability that was given to the right class.": (
        "정답 클래스에 부여한 확률의 로그에 음의 부호를 붙인 것입니다."
    ),
    "Nothing is lost where p is on its label's side by 1 or more. (A label 0 means -1.)": (
        "p가 정답 쪽으로 1 이상 떨어져 있으면 손실이 없습니다. (정답 0은 -1을 뜻합니다.)"
    ),
    "The derivative of 1 - y·p is -y; where nothing is lost it is 0": (
        "1 - y·p의 도함수는 -y이고, 손실이 없는 곳에서는 0입니다"
    ),
    "Squared where the error is small; where it is large a straight line, so that outliers count less.": (
        "오차가 작으면 제곱이고, 크면 직선이어서 이상값의 영향이 줄어듭니다."
    ),
    "The derivative is p - y, but at most δ": "도함수는 p - y이되, 크기는 δ를 넘지 않습니다",
    "The distance itself: every unit of error counts the same.": "거리 자체입니다. 오차는 어디서나 똑같이 칩니다.",
    "The derivative of |p - y| is the sign of p - y": "|p - y|의 도함수는 p - y의 부호입니다",
    "The squared distance: large errors count much more.": "거리의 제곱입니다. 큰 오차일수록 훨씬 크게 반영합니다.",
    "The derivative of (p - y)² is 2·(p - y)": "(p - y)²의 도함수는 2·(p - y)입니다",
    # optimizers
    "α = η·√(1 - β₂ᵗ)/(1 - β₁ᵗ) makes up for the means' start at 0, in step t = {t}.": (
        "α = η·√(1 - β₂ᵗ)/(1 - β₁ᵗ)는 평균이 0에서 시작한 것을 보정합니다. 지금은 t = {t}번째 단계입니다."
    ),
    "α = η/(1 - β₁ᵗ) makes up for the mean's start at 0, in step t = {t}.": (
        "α = η/(1 - β₁ᵗ)는 평균이 0에서 시작한 것을 보정합니다. 지금은 t = {t}번째 단계입니다."
    ),
    "A running mean of the squared gradient.": "기울기 제곱의 이동 평균입니다.",
    "A running mean of the squared steps, this one among them, before the learning rate.": (
        "이번 걸음을 포함한, 걸음의 제곱의 이동 평균입니다. 학습률을 곱하기 전의 값입니다."
    ),
    "The gradient in units of its own typical size, times the typical size of the steps before.": (
        "기울기를 평소 크기로 나눈 뒤, 이전 걸음의 평소 크기를 곱합니다."
    ),
    "The weight moves by the step.": "가중치가 걸음만큼 움직입니다.",
    "The sum of all squared gradients so far.": "지금까지의 기울기 제곱을 모두 더한 것입니다.",
    "The more a weight has moved, the shorter its steps.": "많이 움직인 가중치일수록 걸음이 짧아집니다.",
    "A running mean of the gradient.": "기울기의 이동 평균입니다.",
    "A running mean of its square.": "그 제곱의 이동 평균입니다.",
    "AMSGrad: the largest v so far.": "AMSGrad: 지금까지 가장 큰 v입니다.",
    "The largest gradient so far, slowly forgotten.": "지금까지 가장 큰 기울기이며, 천천히 잊힙니다.",
    "The sum of all gradients so far, each seen from the weight at its time.": (
        "지금까지의 기울기를, 각각 그때의 가중치에서 본 값으로 더한 것입니다."
    ),
    "The best weight for all gradients so far: exactly 0 where |z| is at most l1.": (
        "지금까지의 모든 기울기에 가장 알맞은 가중치입니다. |z|가 l1 이하이면 정확히 0입니다."
    ),
    "Only the sign counts, so that all weights move by the same length.": (
        "부호만 쓰므로 모든 가중치가 같은 거리만큼 움직입니다."
    ),
    "A running mean of the squared gradient: how large this weight's gradient typically is.": (
        "기울기 제곱의 이동 평균입니다. 이 가중치의 기울기가 보통 얼마나 큰지를 나타냅니다."
    ),
    "The gradient in units of its own typical size: every weight steps about as far.": (
        "기울기를 평소 크기로 나눕니다. 그래서 모든 가중치가 비슷한 거리를 움직입니다."
    ),
    "Centered: a running mean of the gradient itself; v less its square is the variance.": (
        "centered: 기울기 자체의 이동 평균입니다. v에서 그 제곱을 빼면 분산입니다."
    ),
    "The weight moves by the momentum.": "가중치가 모멘텀만큼 움직입니다.",
    "The step remembers the steps before it: a share μ of the last one, plus this gradient's.": (
        "걸음은 이전 걸음을 기억합니다. 지난 걸음의 μ배에 이번 기울기의 몫을 더합니다."
    ),
    "Nesterov: the momentum is applied once more, ahead of itself, together with the gradient.": (
        "네스테로프: 모멘텀을 기울기와 함께 한 번 더 미리 적용합니다."
    ),
    "One step downhill: against the gradient, its length times η.": (
        "내리막으로 한 걸음: 기울기의 반대 방향으로, 그 길이에 η를 곱한 만큼 움직입니다."
    ),
    "Nesterov's look ahead: the mean with the next step's momentum, and the gradient once more. The rates make up for "
    "the means' start at 0, in step t = {t}.": (
        "네스테로프의 내다보기: 다음 단계의 모멘텀을 쓴 평균에 기울기를 한 번 더 더합니다. 비율들은 평균이 0에서 "
        "시작한 것을 보정합니다. 지금은 t = {t}번째 단계입니다."
    ),
    # regularizers
    "Weights cost.": "가중치에는 비용이 듭니다.",
    "Every weight is pulled towards 0 alike.": "모든 가중치를 똑같은 힘으로 0 쪽으로 당깁니다.",
    "Weights cost, large ones more.": "가중치에는 비용이 들고, 클수록 더 듭니다.",
    "Every weight is pulled towards 0, large ones harder.": "모든 가중치를 0 쪽으로 당기며, 클수록 세게 당깁니다.",
    "Large weights cost.": "큰 가중치에는 비용이 듭니다.",
    "Large weights are pulled towards 0 harder.": "큰 가중치일수록 0 쪽으로 세게 당깁니다.",
}

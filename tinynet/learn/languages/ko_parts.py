"""한국어: what parts say of themselves in Korean, by what they say in English."""

from __future__ import annotations

from tinynet.learn.languages.ko_rules import RULES

PARTS: dict[str, str] = {
    # activations
    "What is positive passes; what is negative levels off at -α, without a corner at 0.": (
        "양수는 그대로 통과하고, 음수는 -α로 수렴합니다. 0에서 꺾이지 않습니다."
    ),
    "celu's slope is 1 for z > 0; below it is e^(z/α), which is a/α + 1": (
        "celu의 기울기는 z > 0이면 1이고, 아니면 e^(z/α), 곧 a/α + 1입니다"
    ),
    "What is positive passes; what is negative levels off at -α.": "양수는 그대로 통과하고, 음수는 -α로 수렴합니다.",
    "elu's slope is 1 for z > 0; below it is α·e^z, which is a + α": (
        "elu의 기울기는 z > 0이면 1이고, 아니면 α·e^z, 곧 a + α입니다"
    ),
    "Makes any number positive: what is added to the sum multiplies the output, as rates and counts often do.": (
        "모든 수를 양수로 만듭니다. 비율이나 개수가 흔히 그렇듯, 합에 더해진 것이 출력에는 곱해집니다."
    ),
    "the exponential is its own slope": "지수 함수는 자신이 곧 기울기입니다",
    "The sum times the probability that a normal number is below it.": (
        "가중합에, 정규 분포의 수가 그보다 작을 확률을 곱합니다."
    ),
    "gelu's slope, by the product rule, is Φ(z) + z·φ(z)": "gelu의 기울기는 곱의 미분법에 따라 Φ(z) + z·φ(z)입니다",
    "What is near 0 becomes 0; the rest passes.": "0에 가까운 것은 0이 되고, 나머지는 통과합니다.",
    "its slope is 1 where it let z through and 0 where z became 0": (
        "기울기는 z를 통과시킨 곳에서 1, z가 0이 된 곳에서 0입니다"
    ),
    "A sigmoid made of three straight lines: 0, then rising, then 1.": (
        "세 직선으로 만든 시그모이드입니다. 0이었다가 올라가서 1이 됩니다."
    ),
    "its slope is 1/6 where the line rises and 0 where it is flat": (
        "기울기는 직선이 올라가는 곳에서 1/6, 평평한 곳에서 0입니다"
    ),
    "silu with straight lines in place of the sigmoid: 0 below -3, itself above 3, a parabola in between.": (
        "시그모이드 대신 직선을 쓴 silu입니다. -3 아래에서 0, 3 위에서 자기 자신, 그 사이에서는 포물선입니다."
    ),
    "its slope, by the product rule, is z/3 + 1/2 between -3 and 3; below it is 0 and above 1": (
        "기울기는 곱의 미분법에 따라 -3과 3 사이에서 z/3 + 1/2이고, 아래에서 0, 위에서 1입니다"
    ),
    "A tanh made of three straight lines: what is below -1 or above 1 is cut off.": (
        "세 직선으로 만든 tanh입니다. -1보다 작거나 1보다 큰 것은 잘립니다."
    ),
    "its slope is 1 where it let z through and 0 where it cut off": (
        "기울기는 z를 통과시킨 곳에서 1, 자른 곳에서 0입니다"
    ),
    "What is positive passes; of what is negative a small share does.": (
        "양수는 그대로 통과하고, 음수는 작은 비율만 통과합니다."
    ),
    "leaky relu's slope is 1 for z ≥ 0 and small, but never 0, below": (
        "leaky relu의 기울기는 z ≥ 0이면 1이고, 아니면 작지만 0은 아닙니다"
    ),
    "Linear: passed on as it is.": "선형: 그대로 전달합니다.",
    "Linear: the slope is 1.": "선형: 기울기는 1입니다.",
    "The logarithm of a probability: 0 where it is certain, as low as the sum where it is unlikely.": (
        "확률의 로그입니다. 확실하면 0이고, 가능성이 낮으면 가중합만큼 작습니다."
    ),
    "its slope is 1 - σ(z), and σ(z) is e^a": "기울기는 1 - σ(z)이고, σ(z)는 e^a입니다",
    "The logarithms of softmax's probabilities, which cannot round to the logarithm of 0.": (
        "softmax 확률의 로그입니다. 반올림되어 0의 로그가 되는 일이 없습니다."
    ),
    "Every output depends on every input of its row: ∂aₖ/∂zᵢ = [k=i] - pᵢ. da times this Jacobian.": (
        "각 출력은 그 행의 모든 입력에 좌우됩니다: ∂aₖ/∂zᵢ = [k=i] - pᵢ. da에 이 야코비 행렬을 곱합니다."
    ),
    "Nearly 0 where the sum is very negative, nearly itself where it is large, and smooth in between.": (
        "가중합이 아주 작으면 거의 0, 크면 거의 자기 자신이고, 그 사이는 매끄럽습니다."
    ),
    "mish's slope, by the product and the chain rule; a/z is the tanh, and σ(z) the slope of log(1 + e^z)": (
        "mish의 기울기는 곱의 미분법과 연쇄 법칙으로 얻습니다. a/z는 tanh이고 σ(z)는 log(1 + e^z)의 기울기입니다"
    ),
    "What is negative becomes 0; the rest passes.": "음수는 0이 되고, 나머지는 통과합니다.",
    "relu's slope is 1 where it let something through and 0 where it cut off": (
        "relu의 기울기는 통과시킨 곳에서 1, 자른 곳에서 0입니다"
    ),
    "What is below the threshold is cut off, what is above the maximum is cut down to it; the rest passes.": (
        "문턱값보다 작은 것은 잘리고, 최댓값보다 큰 것은 최댓값이 되며, 나머지는 통과합니다."
    ),
    "its slope is 1 where z passed, 0 above the maximum, and the negative slope below the threshold": (
        "기울기는 z가 통과한 곳에서 1, 최댓값 위에서 0, 문턱값 아래에서 negative_slope입니다"
    ),
    "An elu whose two numbers keep mean 0 and variance 1 from layer to layer.": (
        "층에서 층으로 평균 0과 분산 1을 유지하도록 두 수를 정한 elu입니다."
    ),
    "selu's slope is λ for z > 0; below it is λ·α·e^z, which is a + λ·α": (
        "selu의 기울기는 z > 0이면 λ이고, 아니면 λ·α·e^z, 곧 a + λ·α입니다"
    ),
    "Squeezes any number between 0 and 1.": "모든 수를 0과 1 사이로 누릅니다.",
    "sigmoid's slope, written with its own output a, is a·(1 - a): at most ¼, and nearly 0 at both ends": (
        "시그모이드의 기울기는 자신의 출력 a로 쓰면 a·(1 - a)입니다. 최대 ¼이고 양 끝에서 거의 0입니다"
    ),
    "The sum times its own sigmoid: nearly 0 where it is very negative, nearly itself where it is large.": (
        "가중합에 자신의 시그모이드를 곱합니다. 아주 작으면 거의 0, 크면 거의 자기 자신입니다."
    ),
    "silu's slope, by the product rule, is σ(z) + z·σ(z)·(1 - σ(z))": (
        "silu의 기울기는 곱의 미분법에 따라 σ(z) + z·σ(z)·(1 - σ(z))입니다"
    ),
    "Every sum moves towards 0 by the same length; what is nearer than that becomes 0.": (
        "모든 합이 0 쪽으로 같은 거리만큼 움직이고, 그보다 가까운 것은 0이 됩니다."
    ),
    "its slope is 1 where something is left and 0 where z became 0": (
        "기울기는 무언가 남은 곳에서 1, z가 0이 된 곳에서 0입니다"
    ),
    "Exponentials make every score positive; divided by their sum they are probabilities that sum to 1.": (
        "지수 함수는 모든 점수를 양수로 만듭니다. 그 합으로 나누면 더해서 1이 되는 확률이 됩니다."
    ),
    "Every output depends on every input of its row: ∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ). dp times this Jacobian.": (
        "각 출력은 그 행의 모든 입력에 좌우됩니다: ∂pₖ/∂zᵢ = pₖ·([k=i] - pᵢ). dp에 이 야코비 행렬을 곱합니다."
    ),
    "A relu without the corner.": "꺾임이 없는 relu입니다.",
    "softplus's slope is the sigmoid of z, which is 1 - e^(-a)": (
        "softplus의 기울기는 z의 시그모이드, 곧 1 - e^(-a)입니다"
    ),
    "Squeezes any number between -1 and 1, more gently than tanh.": (
        "모든 수를 -1과 1 사이로, tanh보다 완만하게 누릅니다."
    ),
    "softsign's slope is 1/(1 + |z|)²": "softsign의 기울기는 1/(1 + |z|)²입니다",
    "A relu whose corner is a piece of a parabola.": "꺾이는 곳을 포물선 조각으로 바꾼 relu입니다.",
    "its slope rises from 0 at -1 to 1 at 1": "기울기는 -1에서 0, 1에서 1이 되도록 올라갑니다",
    "A sigmoid made of three straight lines, steeper than the hard sigmoid's.": (
        "세 직선으로 만든 시그모이드이며, hard sigmoid보다 가파릅니다."
    ),
    "its slope is 1/2 where the line rises and 0 where it is flat": (
        "기울기는 직선이 올라가는 곳에서 1/2, 평평한 곳에서 0입니다"
    ),
    "A relu without the corner, and without exponentials.": "꺾임도 지수 함수도 없는 relu입니다.",
    "its slope is (1 + z/√(z² + b))/2, which is a/√(z² + b)": "기울기는 (1 + z/√(z² + b))/2, 곧 a/√(z² + b)입니다",
    "Squeezes any number between -1 and 1.": "모든 수를 -1과 1 사이로 누릅니다.",
    "tanh's slope, written with its own output a, is 1 - a²": "tanh의 기울기는 자신의 출력 a로 쓰면 1 - a²입니다",
    "What is near 0 nearly vanishes; what is far from it moves towards it by 1.": (
        "0에 가까운 것은 거의 사라지고, 먼 것은 0 쪽으로 1만큼 움직입니다."
    ),
    "its slope is 1 less that of tanh, 1 - tanh²: what is left is tanh²": (
        "기울기는 1에서 tanh의 기울기 1 - tanh²을 뺀 tanh²입니다"
    ),
    # constraints
    "Weights whose norm is too large are shortened.": "노름이 너무 큰 가중치를 줄입니다.",
    "Weights are scaled towards a norm that is allowed.": "가중치의 크기를 허용되는 노름 쪽으로 조정합니다.",
    "Negative weights are set to 0.": "음수인 가중치를 0으로 만듭니다.",
    "Weights are scaled to norm 1.": "가중치의 노름을 1로 맞춥니다.",
    # layers
    "Training only: m is 0 with this probability, drawn for each number, and else 1; the rest is scaled up.": (
        "학습할 때만: m은 숫자마다 뽑으며, 이 확률로 0이고 아니면 1입니다. 남은 것은 그만큼 키웁니다."
    ),
    "What was left out on the way there is left out on the way back: the same m.": (
        "갈 때 빠진 것은 돌아올 때도 빠집니다. 같은 m입니다."
    ),
    "The mean over the T steps of a sample: how often a feature is there counts, and where does not.": (
        "샘플의 T개 시점에 걸친 평균입니다. 특징이 얼마나 자주 나오는지가 중요하고, 어디에 나오는지는 상관없습니다."
    ),
    "Each of the T steps has the same share in the mean.": "T개 시점은 평균에서 같은 몫을 가집니다.",
    "The largest over the steps of a sample: whether a feature is there counts, and where does not.": (
        "샘플의 시점들 중 가장 큰 값입니다. 특징이 있는지가 중요하고, 어디에 있는지는 상관없습니다."
    ),
    "Only the k steps that were the largest had a say in the result.": "가장 컸던 k개 시점만이 결과를 정했습니다.",
    "k is the category: a name, whose size means nothing; a column for each says which it is.": (
        "k는 범주입니다. 이름일 뿐 크기에는 뜻이 없으며, 범주마다 열이 하나씩 있어 어느 것인지 알려 줍니다."
    ),
    "between two categories there is nothing": "두 범주 사이에는 아무것도 없습니다",
    "Steps that hold nothing but the number that stands for padding become 0 (m = 0); the others pass (m = 1).": (
        "패딩을 뜻하는 숫자만 있는 시점은 0이 되고(m = 0), 나머지는 그대로 통과합니다(m = 1)."
    ),
    "What passed on the way there passes on the way back: padding has no say.": (
        "앞으로 갈 때 통과한 것은 뒤로 올 때도 통과합니다. 패딩은 결과를 정하지 못합니다."
    ),
    "Brings the data to a size that training likes: nothing is learnt here.": (
        "데이터를 학습하기 좋은 크기로 바꿉니다. 여기서 배우는 것은 없습니다."
    ),
    "the slope is the scale": "기울기는 scale입니다",
    "Training only: m is 0 with the probability `rate`, drawn for each number, and else 1. What is left out goes "
    "where SELU ends; factor and offset bring mean and variance back to 0 and 1.": (
        "학습할 때만: m은 숫자마다 뽑으며, 확률 `rate`로 0이고 아니면 1입니다. 빠진 것은 SELU의 끝값이 되고, 배율과 "
        "더하는 수가 평균과 분산을 0과 1로 되돌립니다."
    ),
    "What was replaced on the way there has no say on the way back: the same m": (
        "갈 때 바뀐 것은 돌아올 때 아무 몫도 없습니다. 같은 m입니다"
    ),
    "A number of a word is a row of the table: the vector that is learnt for the word.": (
        "단어의 번호는 표의 한 행, 곧 그 단어에 대해 배우는 벡터를 가리킵니다."
    ),
    "A word's vector has a say wherever the word stands, so its gradients are summed over those places; the words "
    "that the batch lacks have the gradient 0": (
        "단어의 벡터는 그 단어가 나오는 모든 곳에 쓰이므로 그곳들의 기울기를 더합니다. 배치에 없는 단어의 기울기는 "
        "0입니다"
    ),
    "Training only: n is drawn for each number, from a normal distribution. The factor varies as dropout's does.": (
        "학습할 때만: n은 숫자마다 정규 분포에서 뽑습니다. 곱하는 수는 드롭아웃에서만큼 흔들립니다."
    ),
    "The slope is the factor, with the same n": "기울기는 곱한 수이며, 같은 n을 씁니다",
    "Training only: n is drawn for each number, from a normal distribution. The network must not rely on details.": (
        "학습할 때만: n은 숫자마다 정규 분포에서 뽑습니다. 신경망이 세부에 의존하지 않게 합니다."
    ),
    "What was added does not depend on the input": "더한 것은 입력과 상관이 없습니다",
    "A column for each category: numbers of categories are names, whose size means nothing.": (
        "범주마다 열을 하나씩 둡니다. 범주의 번호는 이름일 뿐, 크기에는 뜻이 없습니다."
    ),
    "between two numbers of categories there is nothing": "두 범주 번호 사이에는 아무것도 없습니다",
    "Brings each row to variance 1, and to mean 0 but with `rms_scaling`. Mean and variance are the row's own.": (
        "각 행의 분산을 1로, 그리고 `rms_scaling`이 아니면 평균을 0으로 맞춥니다. 평균과 분산은 그 행의 것입니다."
    ),
    "x takes part in its row's mean and variance, too, and so in all of the row; g is the scaled gradient": (
        "x는 그 행의 평균과 분산에도 들어가므로 행 전체에 영향을 줍니다. g는 scale을 곱한 기울기입니다"
    ),
    "Brings the data to mean 0 and variance 1, by what was learnt of other data beforehand.": (
        "미리 다른 데이터에서 배운 값으로 데이터의 평균을 0, 분산을 1로 맞춥니다."
    ),
    "mean and variance depend on no sample of the batch": "평균과 분산은 배치의 어떤 샘플에도 좌우되지 않습니다",
    "Back to the original size.": "원래의 크기로 되돌립니다.",
    "a line": "직선입니다",
    "Other axes stand last: nothing is computed.": "축의 순서만 바뀌고, 계산하는 것은 없습니다.",
    "back again": "원래대로 되돌립니다",
    "What is positive passes; how much of what is negative does is learnt.": (
        "양수는 그대로 통과합니다. 음수가 얼마나 통과할지는 배웁니다."
    ),
    "the slope is 1 where x is positive, and α where it is negative": "기울기는 x가 양수이면 1, 음수이면 α입니다",
    "Each step is the same vector.": "모든 시점이 같은 벡터입니다.",
    "A number has a say in all steps.": "숫자 하나가 모든 시점에 쓰입니다.",
    "Brings each row to length 1: only where it points counts.": "각 행의 길이를 1로 맞춥니다. 방향만이 중요합니다.",
    "what points along the row would only make it longer, which is undone; y is the output": (
        "행의 방향을 따르는 성분은 길이만 늘리고, 이는 다시 맞춰지므로 사라집니다. y는 출력입니다"
    ),
    # losses, optimizers, regularizers
    **RULES,
}
